//! The state of the laboratory, and its form in an address. Keys are the names of the flags; what is
//! not in the address has its default; what does not belong there is an error, not ignored.

use clap::ValueEnum;
use form_urlencoded::{Serializer, parse};

use super::form::{
    Choice, Count, Flag, Form, Interval, MOST_POINTS, Number, OwnPoints, Whole, Written, clip,
};
use crate::Error;
use crate::design::Design;
use crate::formula::Formula;
use crate::generate::PartlyNoisy;
use crate::points::MarkedPoints;
use crate::poly::Basis;
use crate::prune::Pruning;
use crate::reference::Reference;
use crate::scale::Scale;
use crate::study::{PruneStudy, Source};
use crate::target::Target;

/// Beyond this the pictures show nothing more.
const HIGHEST_DEGREE: usize = 60;

/// Which sets are D and C in the lower half of the laboratory.
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

/// What fits to one's own points are compared with, their truth being unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Against {
    /// The function of the state.
    Function,
    /// The broken line through the clean points.
    Line,
    /// The formula of the state.
    Formula,
    /// Nothing.
    None,
}

/// Makes the state from the one list of settings: `field: type = default, key in an address as form;`.
macro_rules! settings {
    ($($(#[$doc:meta])* $field:ident : $type:ty = $default:expr, $key:literal as $form:expr;)*) => {
        /// Everything a reader can set.
        #[derive(Debug, Clone, PartialEq)]
        pub struct State {
            $($(#[$doc])* pub $field: $type,)*
        }

        impl Default for State {
            /// The settings of Figure 1.
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }

        impl State {
            /// Reads the setting called `key`; returns false if there is none.
            fn set(&mut self, key: &str, text: &str) -> Result<bool, Error> {
                match key {
                    $($key => self.$field = $form.read($key, text)?,)*
                    _ => return Ok(false),
                }
                Ok(true)
            }

            /// The query part of the address that gives this state again; defaults are left out.
            #[must_use]
            pub fn query(&self) -> String {
                let default = Self::default();
                let mut query = Serializer::new(String::new());
                $(
                    let text = $form.write(&self.$field);
                    if text != $form.write(&default.$field) {
                        query.append_pair($key, &text);
                    }
                )*
                query.finish()
            }
        }
    };
}

settings! {
    /// The true function.
    function: Target = Target::Runge, "function" as Choice;
    /// One's own points, in place of generated ones.
    own: Option<MarkedPoints> = None, "own" as OwnPoints;
    /// The interval of x that is mapped to [-1, 1] for one's own points; without it, [-1, 1] itself if that holds
    /// them, otherwise their range.
    domain: Option<Scale> = None, "domain" as Interval;
    /// What fits to one's own points are compared with.
    against: Against = Against::Function, "against" as Choice;
    /// A function that is written down, to compare with.
    formula: Formula = "x".parse().expect("x is a formula"), "formula" as Written;
    /// Placement of the generated points.
    design: Design = Design::Equispaced, "design" as Choice;
    /// Their number.
    points: usize = 10, "points" as Count(2..=MOST_POINTS);
    /// Standard deviation of the noise.
    noise: f64 = 0.1, "noise" as Number(0.0..=10.0);
    /// Share of the points that are noisy.
    noisy_fraction: f64 = 0.5, "noisy-fraction" as Number(0.0..=1.0);
    /// Degree of the fit.
    degree: usize = 10, "degree" as Count(0..=HIGHEST_DEGREE);
    /// Number of coefficients set to zero.
    prune: usize = 3, "prune" as Count(0..=HIGHEST_DEGREE + 1);
    /// Basis of the coefficients.
    basis: Basis = Basis::Monomial, "basis" as Choice;
    /// Whether the survivors are fitted again.
    refit: bool = false, "refit" as Flag;
    /// Seed of everything random.
    seed: u64 = 0, "seed" as Whole(0..=u64::MAX);
    /// Which sets the difficulty is shown of.
    sets: Sets = Sets::Disjoint, "sets" as Choice;
    /// Number of noisy points of these sets.
    noisy: usize = 50, "noisy" as Count(1..=MOST_POINTS);
    /// Number of clean points of these sets.
    clean: usize = 20, "clean" as Count(1..=MOST_POINTS);
    /// Placement of these points.
    placement: Design = Design::Uniform, "placement" as Choice;
    /// Degrees 1 up to this one are shown.
    degrees: usize = 20, "degrees" as Count(1..=HIGHEST_DEGREE);
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
                return Err(Error::setting("address", format!("duplicate `{}`", clip(&key))));
            }
            request.set(&key, &value)?;
            seen.push(key.into_owned());
        }
        request.state.check()?;
        Ok(request)
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), Error> {
        match key {
            "width" => self.width = Whole(200..=2_000).read("width", value)? as u32,
            "draws" => self.draws = Whole(1..=2_000).read("draws", value)?,
            _ if self.state.set(key, value)? => {}
            _ => {
                let reason = format!("`{}` is no setting of the laboratory", clip(key));
                return Err(Error::setting("address", reason));
            }
        }
        Ok(())
    }
}

impl State {
    /// The pruning study of this state; with one's own points these are its only draw.
    pub fn study(&self) -> Result<PruneStudy, Error> {
        match &self.own {
            None => self.generated(),
            Some(points) => {
                let (reference, scale) = (self.reference(), self.scale());
                let source = Source::Marked { points: points.clone(), reference, scale };
                PruneStudy::try_new(source, self.pruning()?)
            }
        }
    }

    /// The same with draws that differ: of one's own points, the noise is drawn again.
    pub fn many(&self) -> Result<PruneStudy, Error> {
        match &self.own {
            None => self.generated(),
            Some(points) => {
                let source = Source::resampled(points.clone(), self.reference(), self.scale())?;
                PruneStudy::try_new(source, self.pruning()?)
            }
        }
    }

    /// What fits are compared with.
    #[must_use]
    pub fn reference(&self) -> Reference {
        match (self.own.is_some(), self.against) {
            (true, Against::Line) => Reference::Line,
            (true, Against::Formula) => Reference::Formula(self.formula.clone()),
            (true, Against::None) => Reference::None,
            _ => Reference::Function(self.function),
        }
    }

    /// The variable in which the points are fitted.
    #[must_use]
    pub fn scale(&self) -> Scale {
        match (&self.own, self.domain) {
            (Some(_), Some(scale)) => scale,
            (Some(points), None) => Scale::into_view(&points.all),
            (None, _) => Scale::IDENTITY,
        }
    }

    /// The pruning study of generated points, whether or not there are points of one's own.
    fn generated(&self) -> Result<PruneStudy, Error> {
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
        if let (Some(points), Some(scale)) = (&self.own, self.domain)
            && !scale.holds(&points.all)
        {
            let (low, high) = points.all.range();
            let reason = format!(
                "the points run from {low:?} to {high:?}; give an interval that holds them"
            );
            return Err(Error::setting("domain", reason));
        }
        self.study().map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn states() -> impl Strategy<Value = State> {
        let choice = |count: usize| 0..count;
        let own = prop::collection::vec(
            (
                prop_oneof![-1.0..=1.0_f64, 1990.0..2020.0_f64, -1e100..=1e100_f64],
                prop_oneof![-1e3..=1e3_f64, -1e100..=1e100_f64],
                any::<bool>(),
                any::<bool>(),
            ),
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
                domain: None,
                against: Against::value_variants()[shown.1],
                formula: format!("{} - x^2", shown.2).parse().unwrap(),
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
    fn own_points_keep_their_unit() {
        let state = |query: &str| Request::parse(query).expect(query).state;
        let years = "own=1990,1e6,c;2000,3e6,n;2020,2e6,c";
        assert_eq!(state(years).scale().interval(), "1990,2020");
        assert_eq!(state(&format!("{years}&domain=1980,2030")).scale().interval(), "1980,2030");
        assert_eq!(state("own=-0.5,1,c;0.5,1,c").scale(), Scale::IDENTITY);
        assert_eq!(state("domain=1980,2030").scale(), Scale::IDENTITY, "generated points");
        let restored = state(&state(&format!("{years}&domain=1980,2030")).query());
        assert_eq!(restored.scale().interval(), "1980,2030");
    }

    #[test]
    fn what_does_not_belong_is_named() {
        for (query, word) in [
            ("degree=1000000000", "degree: `1000000000` is no whole number from 0 to 60"),
            ("noise=NaN", "noise"),
            ("noise=inf", "noise"),
            ("noise=-1", "noise"),
            ("points=18446744073709551616", "points"),
            ("degree=3&degree=4", "duplicate `degree`"),
            ("degre=3", "`degre`"),
            ("prune=12", "--prune"),
            ("noisy-fraction=1", "--noisy-fraction"),
            ("own=0,0", "own"),
            ("own=2e100,0,c", "own: x `2e100` is beyond 1e100"),
            ("own=0,NaN,c", "own: y `NaN` is no number"),
            ("own=0,0,c;1,2000e,c", "own: y `2000e` is no number"),
            ("own=0,0,q", "own: `q` is no mark"),
            (
                "own=1990,1,c;2020,5,c&domain=2000,2030",
                "domain: the points run from 1990.0 to 2020.0",
            ),
            ("formula=sin+x", "formula: `sin` needs parentheses"),
            ("domain=5,5", "domain: `5,5` is no interval"),
            ("against=truth", "against: `truth` is none of function, line, formula, none"),
            ("own=0,0,n", "coreset"),
            ("own=", "own"),
            ("%FF%FE=%00", "address"),
        ] {
            let error = Request::parse(query).expect_err(query).to_string();
            assert!(error.contains(word) && error.lines().count() == 1, "{query}: {error}");
        }
    }
}
