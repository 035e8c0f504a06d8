//! Requirement files, constraints and the options inside them, as pip reads them.
