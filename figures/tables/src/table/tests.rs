//! Tables where they break: missing columns, bad cells, torn lines, unusual numbers.

use super::*;
use crate::rows::{CoresetRow, EpsilonRow, PrunePointRow, RunRow, SelectionRow};

/// The columns of selections that every table has.
const HEADER: &str = "run,epoch,selector,size,noise_share,overlap_previous,time_s\n";

/// A table with `text` in a folder that lives as long as the first value.
fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("selections.csv");
    fs::write(&path, text).unwrap();
    (folder, path)
}

fn complaint(text: &str) -> String {
    let (_folder, path) = file(text);
    let error = read::<SelectionRow>(&path).unwrap_err().to_string();
    error.strip_prefix(&format!("{}: ", path.display())).unwrap().to_owned()
}

fn selection(epoch: u32, noise_share: Option<f64>) -> SelectionRow {
    let (run, selector) = ("a,\"b".to_owned(), "el2n".to_owned());
    SelectionRow {
        run,
        epoch,
        selector,
        size: 9,
        noise_share,
        overlap_previous: None,
        time_s: 0.1,
        lost_known: None,
        lost_gradient_share: None,
        time_double_loss_s: None,
    }
}

#[test]
fn a_missing_column_is_named() {
    let message = complaint("run,epoch,size,noise_share,overlap_previous,time_s\n");
    assert!(message.starts_with("column `selector` is missing from the header"), "{message}");
    assert!(complaint("").starts_with("column `run` is missing"));
}

#[test]
fn columns_that_were_added_later_may_be_absent() {
    let cells = "a,figure6,quick,1,synthetic,resnet8,dense,,,,,,,none,0,0,4,,64,,,batch,noisy,0.5,1,0.5,1,1,1,1,1,0,0,,,\
                 cpu,fp32,1,test";
    let header = RunRow::COLUMNS.join(",");
    let later = format!(",{}", RunRow::LATER.join(","));
    let old = header.strip_suffix(&later).unwrap();
    let read = |header: &str, cells: &str| {
        let (_folder, path) = file(&format!("{header}\n{cells}\n"));
        read::<RunRow>(&path).map(|mut rows| rows.remove(0))
    };
    assert_eq!(read(old, cells).unwrap(), read(&header, &format!("{cells},,,,,")).unwrap());
    let whole = read(&header, &format!("{cells},3,0.25,aa,bb,sparse")).unwrap();
    assert_eq!((whole.selections, whole.time_coreset_epoch_s), (Some(3), Some(0.25)));
    assert_eq!(whole.test_digest.as_deref(), Some("bb"));
}

#[test]
fn a_bad_cell_is_found() {
    let message = complaint(&format!("{HEADER}a,1,el2n,9,,,0.1\na,2,el2n,many,,,0.1\n"));
    assert!(message.starts_with("row 3, column `size`: "), "{message}");
}

#[test]
fn a_short_row_is_found() {
    let message = complaint(&format!("{HEADER}a,1,el2n,9,,\n"));
    assert!(
        message.starts_with("row 2, column `time_s`: 6 cells where the header has 7"),
        "{message}"
    );
}

#[test]
fn text_that_is_not_utf_8_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("selections.csv");
    fs::write(&path, [HEADER.as_bytes(), b"a,1,\xff,9,,,0.1\n"].concat()).unwrap();
    let message = read::<SelectionRow>(&path).unwrap_err().to_string();
    assert!(message.ends_with("row 2, column `selector`: not UTF-8 text"), "{message}");
}

#[test]
fn an_absent_table_is_named() {
    let error = read::<SelectionRow>(Path::new("nowhere/selections.csv")).unwrap_err();
    assert!(error.to_string().starts_with("nowhere/selections.csv: "), "{error}");
}

#[test]
fn columns_may_stand_in_any_order_with_others_between() {
    let (_folder, path) = file("y,colour,noisy,x\n2,red,true,1\n");
    let rows = read::<PrunePointRow>(&path).unwrap();
    assert_eq!(rows, [PrunePointRow { x: 1.0, y: 2.0, noisy: true }]);
}

#[test]
fn empty_cells_infinity_and_shortest_numbers_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/selections.csv");
    let rows =
        [selection(1, None), selection(2, Some(0.1 + 0.2)), selection(3, Some(f64::INFINITY))];
    write(&path, &rows).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let first = "\"a,\"\"b\",1,el2n,9,,,0.1,,,\n";
    assert!(text.starts_with(&SelectionRow::COLUMNS.join(",")) && text.contains(first), "{text}");
    assert!(text.contains(",0.30000000000000004,,") && text.contains(",inf,,"), "{text}");
    assert_eq!(read::<SelectionRow>(&path).unwrap(), rows);
}

#[test]
fn a_table_without_rows_has_its_header() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("epsilon.csv");
    write::<EpsilonRow>(&path, &[]).unwrap();
    assert_eq!(read::<EpsilonRow>(&path).unwrap(), []);
}

#[test]
fn a_torn_last_line_is_cut_off_and_appending_goes_on() {
    let header = SelectionRow::COLUMNS.join(",");
    let (_folder, path) = file(&format!("{header}\n\"a,\"\"b\",1,el2n,9,,,0.1,,,\na,2,el"));
    let mut table = Appender::<SelectionRow>::open(&path).unwrap();
    table.append(&[selection(2, None)]).unwrap();
    assert_eq!(read::<SelectionRow>(&path).unwrap(), [selection(1, None), selection(2, None)]);
}

#[test]
fn an_appender_starts_a_table_and_a_torn_header_afresh() {
    for text in ["", "run,epo"] {
        let (_folder, path) = file(text);
        Appender::<SelectionRow>::open(&path).unwrap().append(&[selection(7, None)]).unwrap();
        assert_eq!(read::<SelectionRow>(&path).unwrap(), [selection(7, None)]);
    }
}

#[test]
fn an_appender_leaves_a_table_with_other_columns_alone() {
    let text = format!("{HEADER}torn");
    let (_folder, path) = file(&text);
    let error = Appender::<CoresetRow>::open(&path).unwrap_err().to_string();
    assert!(error.contains("header is `run,epoch,selector,"), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}
