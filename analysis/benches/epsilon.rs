//! The closed form over the draws of Figure 1c: 200 draws, degrees 1..20, 50 noisy and 20 clean
//! points. `peers/compare.sh` runs it beside NumPy and SciPy.

use criterion::{Criterion, criterion_group, criterion_main};
use swast_analysis::design::Design;
use swast_analysis::draw::Trials;
use swast_analysis::generate::Apart;
use swast_analysis::target::Target;
use swast_analysis::trials::{Curve, EpsilonStudy, Pairing, Solver};

const TRIALS: Trials = Trials { seed: 1, count: 200 };

fn figure1c(criterion: &mut Criterion) {
    let (target, design) = (Target::Runge, Design::Uniform);
    let sets = Apart { target, design, noisy: 50, clean: 20, noise: 0.1 };
    let curves = vec![Curve { pairing: Pairing::Disjoint, solver: Solver::Exact }];
    let study = EpsilonStudy::try_new(sets, (1..=20).collect(), curves)
        .expect("the settings of Figure 1c are valid");
    let mut group = criterion.benchmark_group("epsilon_200x20");
    group.sample_size(20);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    for (name, threads) in [("one_thread", 1), ("all_cores", cores)] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.expect("threads can be started");
        group.bench_function(name, |bencher| {
            bencher.iter(|| pool.install(|| study.run(TRIALS, || ()).expect("points are finite")));
        });
    }
    group.finish();
}

criterion_group!(benches, figure1c);
criterion_main!(benches);
