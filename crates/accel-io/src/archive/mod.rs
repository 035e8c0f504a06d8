//! Archives: wheels and sdists.
