"use strict";
// Each step sets a state; the reader sees its numbers live, so none is written here.
const TOUR = [
  { title: "The first claim: noise makes pruning harder", query: "", show: "h-fit",
    text: "Ten points of Runge's function; five of them (crosses) carry noise. Left: a polynomial of degree 10 fitted to all ten. Right: fitted to the five clean ones, the coreset. Pruning sets the three smallest coefficients to 0 (dashed curve). Noise makes the fit use large coefficients that cancel each other, and taking some away breaks the balance. Drag a point and watch." },
  { title: "What you can believe: many draws", query: "draws=1000", show: "h-draws",
    text: "One draw proves nothing, so here are 1000. Read the share: in so many draws pruning hurts more with all points. But look at the losses before pruning, too: the fit to the coreset is the worse one to begin with. The claim holds for the increase that pruning causes, not for the loss itself." },
  { title: "When it does not hold: another basis, or a second fit", query: "draws=1000&basis=legendre", show: "h-draws",
    text: "Pruning acts on coefficients, and these depend on the basis. In Legendre polynomials, which do not cancel each other, the share falls well below one half: the claim turns round. In Chebyshev polynomials pruning changes little at all. Fitting the survivors again does not rescue monomials, but does help Chebyshev.",
    tries: [["Chebyshev", "draws=1000&basis=chebyshev"], ["Monomials, fitted again", "draws=1000&refit=1"], ["Chebyshev, fitted again", "draws=1000&basis=chebyshev&refit=1"], ["Degree 4: fewer weights than points", "draws=1000&degree=4&prune=2"]] },
  { title: "The second claim: every degree makes the coreset harder to choose", query: "draws=1000", show: "h-difficulty",
    text: "I is the worst relative gap between the loss on D and on C. Here C (20 clean points) is drawn apart from D (50 noisy ones), at random places. The axis is logarithmic, and the line is nearly straight: each further degree multiplies the difficulty. The rings of a single draw show that a numerical search finds the same.",
    tries: [["One draw, with the numerical search", ""]] },
  { title: "When it does not hold: evenly placed points", query: "draws=1000&placement=equispaced", show: "h-difficulty",
    text: "Put both sets on equal steps instead, and the growth nearly vanishes: what grew was the room a polynomial finds between and beyond randomly placed points of D, where it can be large on C and small on D.",
    tries: [["Chebyshev nodes", "draws=1000&placement=chebyshev"], ["Random again", "draws=1000"]] },
  { title: "When it cannot hold: the coreset is part of the data", query: "draws=1000&sets=subset", show: "h-difficulty",
    text: "In practice C is chosen from D. Then the loss on C is at most N/n times the loss on D, so I is at most max(1, N/n − 1), the dashed line: no exponential growth, whatever the degree. What remains true is that more weights need more points: swast-analysis best-coreset says how many.",
    tries: [["Half of the points in C", "draws=1000&sets=subset&noisy=35&clean=35"]] },
];
