//! The doors of the server: keys, limits, guards and connections. Who may do what stands with the
//! API's roles.

mod connections;
mod document;
mod guards;
mod keys;
mod large;
mod limits;
mod shares;
