//! The house rules that a machine can check. Each check is also shown a violation, so that it is known to find one.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(unreachable_pub, reason = "modules of a test are for the test alone")]

mod tokens;

mod source;

mod paths;

mod cycles;
mod documents;
mod layers;
mod methods;
mod sizes;

use swast_tests::root;

use source::{read, relative, sources};

#[test]
fn every_source_file_says_what_it_owns() {
    for path in sources(&root()) {
        let starts = read(&path).starts_with("//! ");
        assert!(starts, "{} does not start by saying what it owns", path.display());
    }
}

#[test]
fn heavy_libraries_have_one_door_each() {
    let names = |word: &str| -> Vec<String> {
        let users = sources(&root()).into_iter().filter(|path| read(path).contains(word));
        users.map(|path| relative(&root(), &path)).collect()
    };
    assert!(names("use tch::").iter().all(|path| path.starts_with("trainer/src/")));
    assert!(names("use plotters").iter().all(|path| path.starts_with("figures/src/canvas")));
    assert_eq!(names("use argmin").len(), 1);
    let unsafe_code = names("unsafe {");
    let doors =
        ["trainer/src/libtorch.rs", "trainer/src/libtorch/", "trainer/datasets/src/cache/map.rs"];
    let is_door = |path: &String| doors.iter().any(|door| path.starts_with(door));
    assert!(unsafe_code.iter().all(is_door), "{unsafe_code:?}");
}
