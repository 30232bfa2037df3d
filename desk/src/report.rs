//! Reports as texts and files: statistics, the periodic report, the register, forms, a calendar.
//!
//! Everything here is a function of records that the replica gave. Files that people get are made
//! whole before they take their place; whoever reads them, no value of a complaint can become
//! markup, a formula or a line of its own.
//!
//! - `facts`: what forms and register say of a complaint; `moments`: times in the community's zone
//! - `counts`, `periodic`: statistics as text; `public`: the edition that names nobody
//! - `register` with `csv` and `xlsx`; `forms` on `html`; `calendar`
//! - `file`: writing in one piece

pub mod calendar;
pub mod counts;
pub mod csv;
pub mod dossier;
pub mod facts;
pub mod file;
pub mod forms;
pub mod html;
pub mod moments;
pub mod periodic;
pub mod public;
pub mod register;
pub mod xlsx;
