//! Files as NumPy and people write them, and files that are wrong.

use ndarray::ShapeBuilder;
use ndarray_npy::WriteNpyExt;

use super::*;

/// Writes `bytes` to a file and reads it as a matrix.
fn matrix(bytes: &[u8]) -> Result<Matrix> {
    let file = tempfile::NamedTempFile::new()?;
    fs::write(file.path(), bytes)?;
    read_matrix(file.path())
}

#[test]
fn both_orders_and_all_versions_are_read() {
    let plain = ndarray::array![[1.5_f32, 2.0, -3.0], [4.0, 5.0, 6.0]];
    let mut fortran = Array2::zeros((2, 3).f());
    fortran.assign(&plain);
    for array in [&plain, &fortran] {
        let mut bytes = Vec::new();
        array.write_npy(&mut bytes).unwrap();
        assert_eq!(matrix(&bytes).unwrap(), Matrix::Single(plain.clone()));
        for version in [2, 3] {
            let mut later = bytes.clone();
            later[6] = version;
            later.splice(10..10, [0, 0]);
            assert_eq!(matrix(&later).unwrap(), Matrix::Single(plain.clone()));
        }
        assert!(matrix(&bytes[..bytes.len() - 1]).is_err());
        bytes.push(0);
        assert!(matrix(&bytes).is_err());
    }
}

/// A version 1 file with this header and this much data.
pub(in crate::command) fn npy(header: &str, data: usize) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend_from_slice(&u16::try_from(header.len() + 1).unwrap().to_le_bytes());
    bytes.extend_from_slice(header.as_bytes());
    bytes.push(b'\n');
    bytes.resize(bytes.len() + data, 0);
    bytes
}

#[test]
fn headers_that_lie_are_refused_before_anything_is_allocated() {
    let header = |descr: &str, shape: &str| {
        format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}")
    };
    assert!(matrix(&npy(&header("'<f8'", "(2, 1)"), 16)).is_ok());
    assert!(matrix(&npy(&header("'>f4'", "(2, 1)"), 8)).is_ok());
    for (descr, shape, data, message) in [
        ("'<f8'", "(4000000000, 4000000000)", 16, "does not match 16 bytes"),
        ("'<f8'", "(40000000, 4000)", 16, "does not match 16 bytes"),
        ("'<f8'", "(2,)", 16, "1 dimensions instead of 2"),
        ("'<i8'", "(2, 1)", 16, "float32 or float64"),
        ("'<c16'", "(1, 1)", 16, "float32 or float64"),
        ("''", "(1, 1)", 8, "no type"),
        ("'|O'", "(1, 1)", 8, "not plain numbers"),
        ("'<U2'", "(1, 1)", 8, "not plain numbers"),
        ("[('a', '<f8')]", "(1, 1)", 8, "not plain numbers"),
    ] {
        let error = matrix(&npy(&header(descr, shape), data)).unwrap_err();
        assert!(format!("{error:#}").contains(message), "{error:#}");
    }
    let deep = "(".repeat(9000);
    assert!(matrix(&npy(&deep, 0)).is_err());
    for cut in [
        b"\x93NUMPY".as_slice(),
        b"\x93NUMPY\x01\x00\xff\xff{",
        b"\x93NUMPY\x02\x00\xff\xff\xff\xff",
    ] {
        assert!(matrix(cut).is_err());
    }
}

#[test]
fn text_that_is_no_matrix_is_refused_with_its_place() {
    let error = |text: &str| format!("{:#}", matrix(text.as_bytes()).unwrap_err());
    assert!(error("a,b\n1,2\n3\n").contains("line 3: 1 cells instead of 2"));
    assert!(error("1,2\n3,x\n").contains("line 2, column 2: `x`"));
    assert!(error("a;b\n1;2\n").contains("line 2, column 1: `1;2`"));
    assert!(error("a;b\n1;2\n").contains("separate cells by commas"));
    assert!(error("").contains("no rows"));
    assert!(error("a,b\n").contains("no rows"));
    assert_eq!(
        matrix(b"1, 2\n3,4e-2\n").unwrap(),
        Matrix::Double(ndarray::array![[1.0, 2.0], [3.0, 0.04]])
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("y.csv");
    fs::write(&path, "0\n1.0\n").unwrap();
    let refused = format!("{:#}", read_labels(&path).unwrap_err());
    assert!(
        refused.contains("line 2, column 1: `1.0`") && refused.contains("a whole number"),
        "{refused}"
    );
    let path = folder.path().join("y.npy");
    ndarray::array![0_i64, -1].write_npy(fs::File::create(&path).unwrap()).unwrap();
    let error = format!("{:#}", read_labels(&path).unwrap_err());
    assert!(error.contains("row 1: -1 is not a label"), "{error}");
}

#[test]
fn logits_are_not_taken_for_probabilities() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |text: &str| {
        let path = folder.path().join("probabilities.csv");
        std::fs::write(&path, text).unwrap();
        read_probabilities(&path).map_err(|error| error.to_string())
    };
    for text in ["0.5,0.5\n1,1\n", "0.5,0.5\n-0.5,1.5\n"] {
        let error = refused(text).unwrap_err();
        assert!(error.contains("row 1 holds no probabilities"), "{error}");
    }
    assert!(refused("0.25,0.7499\n0,1\n").is_ok());
}

#[test]
fn a_broken_header_is_reported_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broken.npy");
    std::fs::write(&path, b"\x93NUMPY\x01\x00\x0a\x00{'descr': \nxxxxxxxx").unwrap();
    let error = format!("{:#}", read_matrix(&path).unwrap_err());
    assert!(error.contains("numpy.save") && !error.contains('\n'), "{error}");
}
