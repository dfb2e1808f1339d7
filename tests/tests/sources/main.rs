//! Outlets whose sites are real WordPresses and Ghosts, named by `LIANBO_WORDPRESS` (`url,user,application password`) and
//! `LIANBO_GHOST` (`url,Admin API key`), several with semicolons between: what is published, edited, taken back and
//! deleted there, as another site sees it. A kind that is not named is skipped and says so.

#![cfg(test)]

mod ghost;
mod joined;
mod wordpress;
