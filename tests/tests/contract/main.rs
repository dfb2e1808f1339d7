//! One contract for all partner connectors: the same behaviours, told by what readers of the partner see.
//!
//! The webhook runs against a receiver inside the test. WordPress runs against real sites, when `LIANBO_WORDPRESS`
//! names them as `url,user,app-password[,bridge]`, several with semicolons between; otherwise that half is skipped and
//! says so. What a real WordPress does not do on demand is shown by a strict stand-in in [`stand_in`].

#![cfg(test)]

mod article;
mod behaviours;
mod bench;
mod faults;
mod gallery;
mod receiver;
mod server;
mod stand_in;
mod stand_in_stories;
mod vectors;
mod wordpress;
mod wordpress_stories;
