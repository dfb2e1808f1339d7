//! Sources: what the hub fetches because the outlet does not push.
