//! A native program to type instead of pip.
