//! The state of the laboratory, and its form in an address. Keys are the names of the flags; what is
//! not in the address has its default; what does not belong there is an error, not ignored.

use std::fmt::Write as _;
use std::ops::RangeInclusive;

use clap::ValueEnum;
use form_urlencoded::{Serializer, parse};
use swast_tables::names::name_of;

use crate::Error;
use crate::design::Design;
use crate::generate::PartlyNoisy;
use crate::points::{MarkedPoints, Points};
use crate::poly::Basis;
use crate::prune::Pruning;
use crate::study::{PruneStudy, Source};
use crate::target::Target;

/// Most points of one's own, and of a generated draw.
const MOST_POINTS: usize = 200;
/// Beyond this the pictures show nothing more.
const HIGHEST_DEGREE: usize = 60;
/// Ordinates of one's own points stay within this.
const LARGEST_Y: f64 = 1e3;

/// Which sets stand for D and C in the lower half of the laboratory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Sets {
    /// D noisy points, C clean ones, drawn apart.
    Disjoint,
    /// D both of them, C the clean ones.
    Subset,
    /// The ratio at the least-squares fit to D alone.
    AtFit,
    /// D the points of the plot, C the coreset chosen there.
    Points,
}

/// Everything a reader can set.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// The true function.
    pub function: Target,
    /// Placement of the generated points.
    pub design: Design,
    /// Their number.
    pub points: usize,
    /// Standard deviation of the noise.
    pub noise: f64,
    /// Share of the points that are noisy.
    pub noisy_fraction: f64,
    /// Degree of the fit.
    pub degree: usize,
    /// Number of coefficients set to zero.
    pub prune: usize,
    /// Basis of the coefficients.
    pub basis: Basis,
    /// Whether the survivors are fitted again.
    pub refit: bool,
    /// Seed of everything random.
    pub seed: u64,
    /// One's own points, in place of generated ones.
    pub own: Option<MarkedPoints>,
    /// Which sets the difficulty is shown of.
    pub sets: Sets,
    /// Number of noisy points of these sets.
    pub noisy: usize,
    /// Number of clean points of these sets.
    pub clean: usize,
    /// Placement of these points.
    pub placement: Design,
    /// Degrees 1 up to this one are shown.
    pub degrees: usize,
}

impl Default for State {
    /// The settings of Figure 1.
    fn default() -> Self {
        Self {
            function: Target::Runge,
            design: Design::Equispaced,
            points: 10,
            noise: 0.1,
            noisy_fraction: 0.5,
            degree: 10,
            prune: 3,
            basis: Basis::Monomial,
            refit: false,
            seed: 0,
            own: None,
            sets: Sets::Disjoint,
            noisy: 50,
            clean: 20,
            placement: Design::Uniform,
            degrees: 20,
        }
    }
}

/// A state, and how its answer is to look.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The state.
    pub state: State,
    /// Width of a picture in the reader's pixels.
    pub width: u32,
    /// Number of draws.
    pub draws: u64,
}

impl Request {
    /// Reads the query part of an address.
    ///
    /// ```
    /// use swast_analysis::lab::Request;
    /// assert_eq!(Request::parse("degree=6&basis=chebyshev")?.state.degree, 6);
    /// assert!(Request::parse("degree=NaN").is_err());
    /// # Ok::<(), swast_analysis::Error>(())
    /// ```
    pub fn parse(query: &str) -> Result<Self, Error> {
        let mut request = Self { state: State::default(), width: 560, draws: 1 };
        let mut seen: Vec<String> = Vec::new();
        for (key, value) in parse(query.as_bytes()) {
            if seen.iter().any(|known| known == key.as_ref()) {
                return Err(Error::setting(
                    "address",
                    format!("`{}` stands there twice", clip(&key)),
                ));
            }
            request.set(&key, &value)?;
            seen.push(key.into_owned());
        }
        request.state.check()?;
        Ok(request)
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), Error> {
        let state = &mut self.state;
        match key {
            "function" => state.function = choice("function", value)?,
            "design" => state.design = choice("design", value)?,
            "points" => state.points = count("points", value, 2..=MOST_POINTS)?,
            "noise" => state.noise = number("noise", value, 0.0..=10.0)?,
            "noisy-fraction" => state.noisy_fraction = number("noisy-fraction", value, 0.0..=1.0)?,
            "degree" => state.degree = count("degree", value, 0..=HIGHEST_DEGREE)?,
            "prune" => state.prune = count("prune", value, 0..=HIGHEST_DEGREE + 1)?,
            "basis" => state.basis = choice("basis", value)?,
            "refit" => state.refit = count("refit", value, 0..=1)? == 1,
            "seed" => state.seed = whole("seed", value, 0..=u64::MAX)?,
            "own" => state.own = Some(own_points(value)?),
            "sets" => state.sets = choice("sets", value)?,
            "noisy" => state.noisy = count("noisy", value, 1..=MOST_POINTS)?,
            "clean" => state.clean = count("clean", value, 1..=MOST_POINTS)?,
            "placement" => state.placement = choice("placement", value)?,
            "degrees" => state.degrees = count("degrees", value, 1..=HIGHEST_DEGREE)?,
            "width" => self.width = whole("width", value, 200..=2_000)? as u32,
            "draws" => self.draws = whole("draws", value, 1..=2_000)?,
            other => {
                let reason = format!("`{}` is no setting of the laboratory", clip(other));
                return Err(Error::setting("address", reason));
            }
        }
        Ok(())
    }
}

impl State {
    /// The query part of the address that gives this state again; defaults are left out.
    #[must_use]
    pub fn query(&self) -> String {
        let default = Self::default();
        let mut query = Serializer::new(String::new());
        let mut add = |key: &str, value: String, default: String| {
            if value != default {
                query.append_pair(key, &value);
            }
        };
        add("function", name_of(self.function), name_of(default.function));
        if let Some(own) = &self.own {
            add("own", own_text(own), String::new());
        }
        add("design", name_of(self.design), name_of(default.design));
        add("points", self.points.to_string(), default.points.to_string());
        add("noise", self.noise.to_string(), default.noise.to_string());
        let share = |state: &Self| state.noisy_fraction.to_string();
        add("noisy-fraction", share(self), share(&default));
        add("degree", self.degree.to_string(), default.degree.to_string());
        add("prune", self.prune.to_string(), default.prune.to_string());
        add("basis", name_of(self.basis), name_of(default.basis));
        add("refit", u8::from(self.refit).to_string(), u8::from(default.refit).to_string());
        add("seed", self.seed.to_string(), default.seed.to_string());
        add("sets", name_of(self.sets), name_of(default.sets));
        add("noisy", self.noisy.to_string(), default.noisy.to_string());
        add("clean", self.clean.to_string(), default.clean.to_string());
        add("placement", name_of(self.placement), name_of(default.placement));
        add("degrees", self.degrees.to_string(), default.degrees.to_string());
        query.finish()
    }

    /// The pruning study of this state; with one's own points these are its only draw.
    pub fn study(&self) -> Result<PruneStudy, Error> {
        match &self.own {
            None => self.generated(),
            Some(points) => {
                let source = Source::Marked { points: points.clone(), target: Some(self.function) };
                PruneStudy::try_new(source, self.pruning()?)
            }
        }
    }

    /// The pruning study of generated points, whether or not there are points of one's own.
    pub fn generated(&self) -> Result<PruneStudy, Error> {
        let source = Source::Generated(PartlyNoisy {
            target: self.function,
            design: self.design,
            points: self.points,
            noise: self.noise,
            noisy_fraction: self.noisy_fraction,
        });
        PruneStudy::try_new(source, self.pruning()?)
    }

    fn pruning(&self) -> Result<Pruning, Error> {
        Pruning::try_new(self.degree, self.prune, self.basis, self.refit)
    }

    fn check(&self) -> Result<(), Error> {
        self.generated()?;
        self.study().map(|_| ())
    }
}

fn choice<T: ValueEnum + Copy>(key: &'static str, text: &str) -> Result<T, Error> {
    T::from_str(text, false).map_err(|_| {
        let names: Vec<String> = T::value_variants().iter().copied().map(name_of).collect();
        Error::setting(key, format!("`{}` is none of {}", clip(text), names.join(", ")))
    })
}

fn whole(key: &'static str, text: &str, range: RangeInclusive<u64>) -> Result<u64, Error> {
    text.parse().ok().filter(|value| range.contains(value)).ok_or_else(|| {
        let (low, high) = range.into_inner();
        let reason = format!("`{}` is no whole number from {low} to {high}", clip(text));
        Error::setting(key, reason)
    })
}

fn count(key: &'static str, text: &str, range: RangeInclusive<usize>) -> Result<usize, Error> {
    let (low, high) = range.into_inner();
    whole(key, text, low as u64..=high as u64).map(|value| value as usize)
}

fn number(key: &'static str, text: &str, range: RangeInclusive<f64>) -> Result<f64, Error> {
    text.parse().ok().filter(|value| range.contains(value)).ok_or_else(|| {
        let (low, high) = range.into_inner();
        Error::setting(key, format!("`{}` is no number from {low} to {high}", clip(text)))
    })
}

/// Points as `x,y,marks` joined by `;`: the marks are `n` (noisy), `c` (in the coreset), `nc` or none.
fn own_points(text: &str) -> Result<MarkedPoints, Error> {
    let wrong = |point: &str| {
        let reason = format!(
            "`{}` is no point; write x,y,marks with x in [-1, 1] and the marks n (noisy), c (coreset), nc or none",
            clip(point)
        );
        Error::setting("own", reason)
    };
    let (mut points, mut noisy, mut coreset) = (Vec::new(), Vec::new(), Vec::new());
    for point in text.split(';') {
        let cells: Vec<&str> = point.split(',').collect();
        let [x, y, marks] = cells[..] else { return Err(wrong(point)) };
        let at = |text, range| number("own", text, range).map_err(|_| wrong(point));
        points.push((at(x, -1.0..=1.0)?, at(y, -LARGEST_Y..=LARGEST_Y)?));
        let (is_noisy, is_chosen) = match marks {
            "n" => (true, false),
            "c" => (false, true),
            "nc" => (true, true),
            "" => (false, false),
            _ => return Err(wrong(point)),
        };
        noisy.push(is_noisy);
        coreset.push(is_chosen);
        if points.len() > MOST_POINTS {
            return Err(Error::setting("own", format!("more than {MOST_POINTS} points")));
        }
    }
    let all: Points = points.into_iter().collect();
    Ok(MarkedPoints { all, noisy, coreset })
}

fn own_text(own: &MarkedPoints) -> String {
    let mut text = String::new();
    let marks = own.noisy.iter().zip(&own.coreset);
    for (i, ((x, y), (noisy, coreset))) in own.all.iter().zip(marks).enumerate() {
        let gap = if i == 0 { "" } else { ";" };
        let (n, c) = (if *noisy { "n" } else { "" }, if *coreset { "c" } else { "" });
        write!(text, "{gap}{x},{y},{n}{c}").expect("writing to memory does not fail");
    }
    text
}

/// The start of what someone wrote, for a message.
fn clip(text: &str) -> String {
    let short: String = text.chars().take(40).collect();
    if short.len() < text.len() { format!("{short}...") } else { short }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn states() -> impl Strategy<Value = State> {
        let choice = |count: usize| 0..count;
        let own = prop::collection::vec(
            (-1.0..=1.0_f64, -1e3..=1e3_f64, any::<bool>(), any::<bool>()),
            1..9,
        );
        (
            (choice(7), choice(3), 2_usize..=200, 0.0..=10.0_f64, 0.0..0.4_f64),
            (0_usize..=60, 0_usize..=61, choice(3), any::<bool>(), any::<u64>()),
            (prop::option::of(own), choice(4), 1_usize..=200, 1_usize..=60),
        )
            .prop_map(|(drawn, fitted, shown)| State {
                function: Target::value_variants()[drawn.0],
                design: Design::value_variants()[drawn.1],
                points: drawn.2,
                noise: drawn.3,
                noisy_fraction: drawn.4,
                degree: fitted.0,
                prune: fitted.1.min(fitted.0 + 1),
                basis: Basis::value_variants()[fitted.2],
                refit: fitted.3,
                seed: fitted.4,
                own: shown.0.map(|points| MarkedPoints {
                    all: points.iter().map(|p| (p.0, p.1)).collect(),
                    noisy: points.iter().map(|p| p.2).collect(),
                    coreset: points.iter().enumerate().map(|(i, p)| p.3 || i == 0).collect(),
                }),
                sets: Sets::value_variants()[shown.1],
                noisy: shown.2,
                clean: shown.2,
                placement: Design::value_variants()[drawn.1],
                degrees: shown.3,
            })
    }

    proptest! {
        #[test]
        fn an_address_gives_its_state_again(state in states()) {
            prop_assert_eq!(Request::parse(&state.query()).unwrap().state, state);
        }

        #[test]
        fn no_address_panics(query in "[ -~]{0,80}") {
            let _answer = Request::parse(&query);
        }
    }

    #[test]
    fn the_default_needs_no_words() {
        assert_eq!(State::default().query(), "");
        assert_eq!(Request::parse("").unwrap().state, State::default());
    }

    #[test]
    fn what_does_not_belong_is_named() {
        for (query, word) in [
            ("degree=1000000000", "degree: `1000000000` is no whole number from 0 to 60"),
            ("noise=NaN", "noise"),
            ("noise=inf", "noise"),
            ("noise=-1", "noise"),
            ("points=18446744073709551616", "points"),
            ("degree=3&degree=4", "twice"),
            ("degre=3", "`degre`"),
            ("prune=12", "--prune"),
            ("noisy-fraction=1", "--noisy-fraction"),
            ("own=0,0", "own"),
            ("own=2,0,c", "own"),
            ("own=0,NaN,c", "own"),
            ("own=0,0,n", "coreset"),
            ("own=", "own"),
            ("%FF%FE=%00", "address"),
        ] {
            let error = Request::parse(query).expect_err(query).to_string();
            assert!(error.contains(word) && error.lines().count() == 1, "{query}: {error}");
        }
    }
}
