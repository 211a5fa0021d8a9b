//! Files as NumPy and people write them, and files that are wrong.

use std::fs;

use ndarray::ShapeBuilder;
use ndarray_npy::WriteNpyExt;

use super::*;

/// Writes `bytes` to a file and reads it as a matrix.
fn matrix(bytes: &[u8]) -> Result<Matrix> {
    let file = tempfile::NamedTempFile::new()?;
    fs::write(file.path(), bytes)?;
    read_matrix(file.path(), None)
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
        ("'<m8'", "(2, 1)", 16, "float32 or float64"),
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
    fs::write(&path, "0\n1.5\n").unwrap();
    let refused = format!("{:#}", read_labels(&path, None).unwrap_err());
    assert!(
        refused.contains("line 2, column 1: `1.5`") && refused.contains("a whole number"),
        "{refused}"
    );
    let path = folder.path().join("y.npy");
    ndarray::array![0_i64, -1].write_npy(fs::File::create(&path).unwrap()).unwrap();
    let error = format!("{:#}", read_labels(&path, None).unwrap_err());
    assert!(error.contains("row 1: -1 is not a label"), "{error}");
}

#[test]
fn logits_are_not_taken_for_probabilities() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |text: &str| {
        let path = folder.path().join("probabilities.csv");
        std::fs::write(&path, text).unwrap();
        read_probabilities(&path, None, &mut Vec::new()).map_err(|error| error.to_string())
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
    let error = format!("{:#}", read_matrix(&path, None).unwrap_err());
    assert!(error.contains("numpy.save") && !error.contains('\n'), "{error}");
}

/// A version 1 file of a column of elements of this type, with these `data`.
fn column(descr: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    let mut bytes = npy(&header, 0);
    bytes.extend(data);
    bytes
}

/// Writes `bytes` to a file and reads it as labels.
fn labels(bytes: &[u8]) -> Result<Vec<u16>> {
    let file = tempfile::NamedTempFile::new()?;
    fs::write(file.path(), bytes)?;
    read_labels(file.path(), None)
}

#[test]
fn half_precision_is_read_exactly() {
    // 1, -2, 65504, 2^-24, 2^-14, 1/3, -0.
    let bits: [u16; 7] = [0x3c00, 0xc000, 0x7bff, 1, 0x400, 0x3555, 0x8000];
    let values = [1.0, -2.0, 65504.0, 2f32.powi(-24), 2f32.powi(-14), 0.333_251_95, -0.0];
    let expected = Matrix::Single(Array2::from_shape_vec((7, 1), values.to_vec()).unwrap());
    let little: Vec<u8> = bits.iter().flat_map(|bits| bits.to_le_bytes()).collect();
    let big: Vec<u8> = bits.iter().flat_map(|bits| bits.to_be_bytes()).collect();
    assert_eq!(matrix(&column("<f2", "(7, 1)", &little)).unwrap(), expected);
    assert_eq!(matrix(&column(">f2", "(7, 1)", &big)).unwrap(), expected);
    for odd in [0x7c00_u16, 0x7e01] {
        let read = matrix(&column("<f2", "(1, 1)", &odd.to_le_bytes())).unwrap();
        assert_eq!(read.first_not_finite(), Some(0));
    }
    let fortran = npy("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 2), }", 0);
    let fortran = [fortran, vec![1, 2, 3, 4]].concat();
    let expected = Matrix::Double(ndarray::array![[1.0, 3.0], [2.0, 4.0]]);
    assert_eq!(matrix(&fortran).unwrap(), expected);
    let large = ((1_u64 << 53) + 1).to_le_bytes();
    let error = format!("{:#}", matrix(&column("<u8", "(1, 1)", &large)).unwrap_err());
    assert!(error.contains("row 0: 9007199254740993 has more digits"), "{error}");
}

#[test]
fn labels_of_any_type_are_read_if_they_are_whole() {
    for (descr, data) in [
        ("|b1", vec![1, 0, 1]),
        ("|i1", vec![1, 0, 1]),
        (">u2", vec![0, 1, 0, 0, 0, 1]),
        ("<i2", vec![1, 0, 0, 0, 1, 0]),
        (">u4", [[0, 0, 0, 1], [0; 4], [0, 0, 0, 1]].concat()),
        (">i8", [1_i64, 0, 1].map(i64::to_be_bytes).concat()),
        ("<u8", [1_u64, 0, 1].map(u64::to_le_bytes).concat()),
        ("<f2", vec![0, 0x3c, 0, 0, 0, 0x3c]),
        (">f4", [1_f32, 0.0, 1.0].map(f32::to_be_bytes).concat()),
        ("<f8", [1_f64, 0.0, 1.0].map(f64::to_le_bytes).concat()),
    ] {
        for shape in ["(3,)", "(3, 1)"] {
            assert_eq!(labels(&column(descr, shape, &data)).unwrap(), [1, 0, 1], "{descr}");
        }
    }
    let error = |descr: &str, shape: &str, data: &[u8]| {
        format!("{:#}", labels(&column(descr, shape, data)).unwrap_err())
    };
    for (odd, shown) in [(0.5, "0.5"), (-3.0, "-3.0"), (1e99, "1e99"), (f64::NAN, "NaN")] {
        let refused = error("<f8", "(2,)", &[7.0, odd].map(f64::to_le_bytes).concat());
        assert!(refused.contains(&format!("row 1: {shown} is not a label")), "{refused}");
    }
    assert!(error("|i1", "(1,)", &[254]).contains("row 0: -2 is not a label"));
    assert!(error("<u8", "(1,)", &[255; 8]).contains("row 0: 18446744073709551615 is not"));
    assert!(error("|u1", "(1, 2)", &[1, 0]).contains("2 columns; save one label per row"));
    assert!(error("<f16", "(1,)", &[0; 16]).contains("elements of type f16"));
}

#[test]
fn truth_is_read_in_every_spelling() {
    let folder = tempfile::tempdir().unwrap();
    let read = |bytes: &[u8]| {
        let path = folder.path().join("c");
        fs::write(&path, bytes).unwrap();
        read_correctness(&path, None).map_err(|error| format!("{error:#}"))
    };
    let expected = read(b"1,0\n0,0\n").unwrap();
    for text in
        ["True,False\nFalse,False\n", "a,b\nTRUE,FALSE\nFALSE,FALSE\n", "1.0,0.0\n0e0,0.0\n"]
    {
        assert_eq!(read(text.as_bytes()).unwrap(), expected, "{text}");
    }
    for (descr, one) in [("|b1", vec![1]), ("|i1", vec![1]), (">u2", vec![0, 1])] {
        let data = [one.clone(), vec![0; 3 * one.len()]].concat();
        assert_eq!(read(&column(descr, "(2, 2)", &data)).unwrap(), expected, "{descr}");
    }
    let refused = read(&column("<i4", "(2, 1)", &[1, 0, 0, 0, 2, 0, 0, 0])).unwrap_err();
    assert!(refused.contains("row 1: give 1 where"), "{refused}");
}

#[test]
fn probabilities_that_are_rounded_are_divided_by_their_sums() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.csv");
    let read = |text: &str| {
        fs::write(&path, text).unwrap();
        let mut notes = Vec::new();
        read_probabilities(&path, None, &mut notes).map(|matrix| (matrix, notes))
    };
    let (matrix, notes) = read("0.5,0.496\n0.25,0.75\n").unwrap();
    let expected = ndarray::array![[0.5 / 0.996, 0.496 / 0.996], [0.25, 0.75]];
    assert_eq!(matrix, Matrix::Double(expected));
    assert!(notes.len() == 1 && notes[0].contains("p.csv: rows add up to 1 only within 0.01"));
    let (matrix, notes) = read("0.5,0.4995\n").unwrap();
    assert_eq!((matrix, notes.len()), (Matrix::Double(ndarray::array![[0.5, 0.4995]]), 0));
    assert!(read("0.5,0.48\n").is_err());
}

#[test]
fn what_may_be_a_header_or_names_of_rows_is_refused() {
    let read = |text: &str, header| -> Result<Array2<f64>> {
        parse_csv(text.as_bytes(), header, truth_or_number)
    };
    let error = |text: &str| read(text, None).unwrap_err().to_string();
    let counted = "0,1,2\n4,5,6\n";
    assert!(error(counted).contains("--header yes or --header no"));
    assert_eq!(read(counted, Some(Header::Yes)).unwrap(), ndarray::array![[4.0, 5.0, 6.0]]);
    assert_eq!(read(counted, Some(Header::No)).unwrap().nrows(), 2);
    assert_eq!(read("0\n1\n", None).unwrap().nrows(), 2);
    assert_eq!(read("0,1.0\n1,0\n", None).unwrap().nrows(), 2);
    for text in [",a,b\n0,1,2\n", "\"\",\"V1\"\n\"1\",0.5\n", ",0,1\n0,3,4\n"] {
        assert!(error(text).contains("index=False or row.names=FALSE"), "{}", error(text));
    }
    for text in ["\"V1\",\"V2\"\r\n\"9\",0.5,2\r\n", "a,b\n7,1,2\n", "\"7\",1\n\"8\",1\n"] {
        assert!(error(text).contains("leave them out by row.names=FALSE"), "{}", error(text));
    }
    assert_eq!(read("\"7\",\"1\"\n", None).unwrap(), ndarray::array![[7.0, 1.0]]);
    assert!(error(",0.5\n1,2\n").contains("line 1, column 1: ``"));
}

#[test]
fn other_separators_and_decimal_commas_are_named() {
    let error = |text: &str| format!("{:#}", matrix(text.as_bytes()).unwrap_err());
    assert!(error("a;b\n3;4\n").contains("cells are separated by `;`"));
    assert!(
        error("a;b\n0,25;4\n").contains("by `;`: separate cells by commas and write a decimal")
    );
    assert!(error("1,5;0,2\n").contains("by `;`: separate cells by commas and write a decimal"));
    assert!(error("3\t4.5\n1\t2\n").contains("separated by tabs: separate cells by commas"));
    assert!(error("3.0 4e1\n1 2\n").contains("separated by spaces: separate cells by commas"));
    let quoted = error("\"3,5\",1\n");
    assert!(quoted.contains("`3,5` is no number of this kind; it has a decimal comma, write 3.5"));
    assert_eq!(labels(b"label\n3.000e+00\n1.2e1\n").unwrap(), [3, 12]);
    assert!(format!("{:#}", labels(b"3\n1.25\n").unwrap_err()).contains("give a whole number"));
}
