//! One contract for all partner connectors: the same behaviours, told by what readers of the partner see.
//!
//! The webhook runs against a receiver inside the test, `lianbo` against a hub inside it, `wechat` against an account
//! built from the vendor's reference in [`account`], all others against real systems, several with semicolons
//! between: `LIANBO_WORDPRESS` names them as `url,user,app-password[,bridge]`, `LIANBO_GHOST` as `url,admin-key`,
//! `LIANBO_WAGTAIL` and `LIANBO_DIRECTUS` as `url,token`. A kind that is not named is skipped and says so. What a real
//! WordPress does not do on demand is shown by a strict stand-in in [`stand_in`].

#![cfg(test)]

mod account;
mod article;
mod behaviours;
mod bench;
mod careless;
mod directus;
mod directus_stories;
mod editors;
mod faults;
mod gallery;
mod ghost;
mod ghost_stories;
mod hub;
mod looking;
mod meddler;
mod named;
mod receiver;
mod server;
mod stand_in;
mod stand_in_stories;
mod vectors;
mod wagtail;
mod wagtail_stories;
mod wechat;
mod wechat_stories;
mod wordpress;
mod wordpress_stories;
