//! pip's resolver; pure, a Provider answers its questions.
