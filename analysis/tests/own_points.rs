//! Own points, as the command reads them: dialects of tables, and the unit of x.

#![allow(clippy::unwrap_used, reason = "the helpers of a test may panic")]

mod support;

use support::{folder_with, run};

/// Every command that reads points says the same of a table that is not one.
#[test]
fn dialects_are_named_alike_everywhere() {
    let cases = [
        ("y;noisy;x\n0.5;0;1\n0.5;1;2\n", "row 1: cells are separated by `;`; separate"),
        ("x;y\n0,5;1\n", "row 1: cells are separated by `;` and numbers have decimal commas"),
        ("x\ty\n0\t1\n", "row 1: cells are separated by tabs; separate"),
        ("x,Y,noisy\n0,1,0\n", "row 1: columns Y: names are in small letters; write y"),
        ("x,y,NOISY\n0,1,0\n", "row 1: columns NOISY: names are in small letters; write noisy"),
        ("# of 3 May\nx,y\n0,1\n", "row 1: the row is a comment; delete it"),
        ("# y,x\n0,1\n", "row 1: the names of the columns are in a comment; delete the `#`"),
        ("x,y\n0,1\n\n1,5,2,5\n", "row 4: 4 cells where the header names 2: decimal commas"),
        ("x,y\r\n0,1\r\n# pause\r\n2,1\r\n", "row 3: the row is a comment; delete it"),
        ("x,y\n0,1\n1;2\n", "row 3: cells are separated by `;`; separate"),
        ("x,y\n0,\"1,25\"\n", "row 2, column `y`: `1,25` has a decimal comma; write 1.25"),
        ("x,y\n0,\"18,500\"\n", "row 2, column `y`: `18,500` has a comma; write 18500 or 18.500"),
        (
            "x,y\n0,\"1,218,500\"\n",
            "row 2, column `y`: `1,218,500` has commas between thousands; write 1218500",
        ),
    ];
    for (text, expected) in cases {
        let folder = folder_with(&[("own.csv", text), ("plain.csv", "x,y\n0,1\n")]);
        for command in [
            "fit --data own.csv",
            "prune --data own.csv",
            "epsilon --data own.csv",
            "epsilon --full own.csv --coreset plain.csv",
            "epsilon --full plain.csv --coreset own.csv",
            "best-coreset --data own.csv",
            "explore --no-open --data own.csv",
        ] {
            let (code, stdout, stderr) = run(command, folder.path());
            assert!(stderr.contains(&format!("own.csv: {expected}")), "{command}: {stderr}");
            let seen = (code, stdout.as_str(), stderr.lines().count());
            assert_eq!(seen, (Some(1), "", 1), "{command}");
        }
    }
}

/// A table of y over a x + b, for x at places that are no round numbers.
fn moved(a: f64, b: f64) -> String {
    let row = |i: u32| {
        let x = (f64::from(i) * 0.37).sin() + 0.05 * f64::from(i);
        let y = (3.0 * x).cos() + 0.2 * f64::from(i * i % 7);
        format!("{:?},{y:?},{}\n", a * x + b, i % 3 / 2)
    };
    let rows: String = (0..24).map(row).collect();
    format!("x,y,noisy\n{rows}")
}

/// The numbers of a table, of the columns that do not hold x.
fn numbers(text: &str) -> Vec<f64> {
    let cells = text.lines().skip(1).flat_map(|line| line.split(','));
    cells.filter_map(|cell| cell.parse().ok()).collect()
}

fn assert_close(found: &[f64], expected: &[f64], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        let near = (found - expected).abs() <= 1e-9 * expected.abs().max(1.0);
        let same = found == expected || (found.is_nan() && expected.is_nan());
        assert!(near || same, "{what}: {found} {expected}");
    }
}

/// Coefficients, losses, verdicts and coresets in other units: with a power of two the same bytes, with
/// any factor and another origin the same to rounding.
#[test]
fn no_number_depends_on_the_unit_of_x() {
    let [metres, inches, shifted] = [(1.0, 0.0), (1.0 / 1024.0, 0.0), (2.54e-7, 1.27e-4)];
    let folder = folder_with(&[
        ("m.csv", &moved(metres.0, metres.1)),
        ("i.csv", &moved(inches.0, inches.1)),
        ("s.csv", &moved(shifted.0, shifted.1)),
    ]);
    let all = |name: &str| {
        let said = |arguments: &str| {
            let (code, stdout, stderr) = run(&arguments.replace('@', name), folder.path());
            assert_eq!(code, Some(0), "{arguments}: {stderr}");
            stdout
        };
        let fit = said("fit --data @.csv --degree 5 --prune 2");
        let fit = fit.lines().map(|line| line.split(",u").next().unwrap_or_default());
        let fit = fit.collect::<Vec<_>>().join("\n");
        let verdict = said("prune --data @.csv --degree 5 --prune 2 --out @");
        let epsilon = said("epsilon --data @.csv --degrees 1..4");
        let coresets = said("best-coreset --data @.csv --degrees 1,3 --format svg --out @");
        let table =
            |file: &str| std::fs::read_to_string(folder.path().join(name).join(file)).unwrap();
        let tables = ["prune_study.csv", "best_coreset.csv"].map(table);
        let words = |text: &str| text.split("written").next().map(str::to_owned);
        ([fit, epsilon, tables[0].clone(), tables[1].clone()], [words(&verdict), words(&coresets)])
    };
    let (first, power, other) = (all("m"), all("i"), all("s"));
    assert_eq!(first, power, "a power of two");
    assert_eq!(first.1, other.1, "verdict and sizes of coresets");
    for (i, (found, expected)) in other.0.iter().zip(&first.0).enumerate() {
        assert_close(&numbers(found), &numbers(expected), &format!("table {i}"));
    }
}

/// The map is chosen by --domain, taken back by --original, and refused where it cannot be right.
#[test]
fn the_variable_can_be_chosen() {
    let far = "x,y\n1000000,1\n1000001,2\n1000002,0\n1000003,5\n1000004,5\n1000005,7\n";
    let folder = folder_with(&[
        // 2 - x + 4 x² at 0.1, 0.25, 0.4 and 0.5.
        ("near.csv", "x,y\n0.1,1.94\n0.25,2\n0.4,2.24\n0.5,2.5\n"),
        ("far.csv", far),
    ]);
    let fit = "fit --data near.csv --degree 2 --prune 0";
    let of = |flags: &str| {
        let (code, stdout, stderr) = run(&format!("{fit} {flags}"), folder.path());
        assert_eq!(code, Some(0), "{flags}: {stderr}");
        let cell = |line: &str| line.split(',').nth(1).unwrap().parse().unwrap();
        (stdout.lines().skip(1).map(cell).collect::<Vec<f64>>(), stderr)
    };
    for flags in ["--original", "--domain -1,1", "--original --domain 0,3"] {
        let (coefficients, stderr) = of(flags);
        assert_close(&coefficients, &[2.0, -1.0, 4.0], flags);
        assert!(!stderr.contains("rescaled"), "{stderr}");
    }
    // x = 1 + u: 5 + 7 u + 4 u².
    let (coefficients, stderr) = of("--domain 0,2");
    assert_close(&coefficients, &[5.0, 7.0, 4.0], "x from 0 to 2");
    assert!(stderr.contains("rescaled") && stderr.contains("u = (x - 1) / 1"), "{stderr}");
    assert_eq!(of("").1.lines().count(), 3, "losses, a full rank and the map");

    let wide = run("fit --data near.csv --degree 6 --prune 0", folder.path()).2;
    assert!(wide.contains("warning: the points settle 4 of 7 coefficients"), "{wide}");
    for (code, arguments, place) in [
        (2, "fit --data near.csv --domain 0.2,1", "--domain: the points run from 0.1 to 0.5"),
        (2, "prune --data near.csv --domain 1,0", "--domain"),
        (2, "prune --domain 0,1", "--data"),
        (2, "epsilon --domain 0,1", "--domain"),
        (2, "best-coreset --data near.csv --domain 0,nan", "--domain"),
        (2, "fit --data near.csv --original --basis legendre", "--basis monomial"),
        (2, "fit --data far.csv --degree 5 --prune 0 --original", "--original: the coefficients"),
    ] {
        let (found, stdout, stderr) = run(arguments, folder.path());
        assert!(stderr.contains(place), "{arguments}: {stderr}");
        assert_eq!((found, stdout.as_str(), stderr.lines().count()), (Some(code), "", 1));
    }
}
