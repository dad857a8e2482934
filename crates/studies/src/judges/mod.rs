//! Who answers a study's questions and scores its pictures.
