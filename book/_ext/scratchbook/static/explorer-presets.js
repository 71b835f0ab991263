// What the explorer can start from: images, kernels, and the examples of the chapters. Each row of an image is one
// string, so that the pictures can be seen. The large pictures stand in the page: the book's package draws them.
const presets = (() => {
  "use strict";

  const matrix = (text) => text.trim().split(/\s*;\s*/).map((row) => row.trim().split(/\s+/).map(Number));
  const pictures = JSON.parse(document.querySelector("[data-pictures]")?.textContent ?? "{}");

  const counting = (n) => Array.from({ length: n }, (_, i) => i + 1);

  // name: [words in the list, rows]
  const IMAGES = {
    book: ["the book's 4 × 6", "7 9 8 5 9 9; 9 0 4 6 2 3; 6 8 5 1 6 8; 2 5 3 9 0 4"],
    sixteen: ["1 to 16", "1 2 3 4; 5 6 7 8; 9 10 11 12; 13 14 15 16"],
    stripes: ["a dark stripe", "1 0 0 1 1; 1 0 0 1 1; 1 0 0 1 1; 1 0 0 1 1; 1 0 0 1 1"],
    delta: ["one bright pixel", "0 0 0 0 0 0 0; 0 0 0 0 0 0 0; 0 0 0 1 0 0 0; 0 0 0 0 0 0 0; 0 0 0 0 0 0 0"],
    seven: [
      "a small handwritten 7",
      `0 0 7 8 13 16 15 1; 0 0 7 7 4 11 12 0; 0 0 0 0 8 13 1 0; 0 4 8 8 15 15 6 0;
       0 2 11 15 15 4 0 0; 0 0 0 16 5 0 0 0; 0 0 9 15 1 0 0 0; 0 0 13 5 0 0 0 0`,
    ],
    digit: ["the chapters' digit", pictures.digit],
    frog: ["the frog, in grey", pictures.frog],
    eye: ["the frog's eye, in grey", pictures.eye],
    blank: ["an empty sheet", Array(12).fill("0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0").join(";")],
  };

  const KERNELS = {
    book: ["the book's", "1 0; 2 -1; 0 3"],
    delta: ["delta", "0 0 0; 0 1 0; 0 0 0"],
    difference: ["difference", "1 -1"],
    vertical: ["vertical", "1 0 -1; 1 0 -1; 1 0 -1"],
    horizontal: ["horizontal", "1 1 1; 0 0 0; -1 -1 -1"],
    corners: ["corners", "1 0 1; 0 0 0; -1 0 -1"],
    blur: ["blur", "1 2 1; 2 4 2; 1 2 1"],
    outline: ["outline", "-1 -1 -1; -1 8 -1; -1 -1 -1"],
    ones: ["all ones", "1 1 1; 1 1 1; 1 1 1"],
    slant: ["slant (frog)", "1 2 0 -2 -1; 2 4 0 -4 -2; 3 6 0 -6 -3; 2 4 0 -4 -2; 1 2 0 -2 -1"],
    bars: ["stripes (frog)", "1 0 -1 0 1; 1 0 -1 0 1; 1 0 -1 0 1; 1 0 -1 0 1; 1 0 -1 0 1"],
    comb: ["comb (frog)", "1 0 1 1 1; 1 0 1 1 1; 1 0 1 1 1; 1 0 1 1 1; 1 0 1 1 1"],
    diagonal: ["diagonal (frog)", "0 0 0 0 1; 0 0 0 1 0; 0 0 1 0 0; 0 1 0 0 0; 1 0 0 0 0"],
    flat: ["flat (frog)", "0.5 0.5 0.5 0.5 0.5; 0.5 0.5 0.5 0.5 0.5; 0.5 0.5 0.5 0.5 0.5; 0.5 0.5 0.5 0.5 0.5; 0.5 0.5 0.5 0.5 0.5"],
    steps: ["steps (frog)", "1 2 3 4 5; 1 1 1 0 0; 0 1 1 1 0; 0 0 1 1 1; 0 1 0 1 1"],
    diamond: ["diamond (frog)", "0 0 1 0 0; 0 0.5 1 0.5 0; 1 1 1 1 1; 0 0.5 1 0.5 0; 0 0 1 0 0"],
  };

  // Examples of the chapters: [words in the list, the address of the setting].
  const EXAMPLES = [
    ["1 · One dot product for each place", "#x=sixteen&w=2x2"],
    ["1 · Left minus right on the digit", "#x=digit&w=vertical&show=picture&at=11,8"],
    ["2 · Convolution in full", "#x=2x3:1,2,3,4,5,6&w=2x2:10,20,30,40&p=full&flip=1"],
    ["2 · The same without the flip", "#x=2x3:1,2,3,4,5,6&w=2x2:10,20,30,40&p=full"],
    ["3 · A ramp of 28 × 28, vertical edges", "#x=28x28&w=vertical&views=indices&at=1,0"],
    ["3 · The same ramp, corners", "#x=28x28&w=corners&views=indices&at=1,0"],
    ["5 · A window on the frog's eye", "#x=frog&w=slant&show=picture&at=5,20"],
    ["7 · A stripe, same padding", "#x=stripes&w=difference&p=same"],
    ["7 · Half of four neighbours", "#x=3x3:1,2,3,4,5,6,8,9,10&w=2x2:0.5,0.5,0.5,0.5"],
    ["7 · A centre that copies", "#x=4x4:1,2,3,4,4,5,6,7,8,9,10,11,12,13,14,15&w=delta&p=same"],
    ["8 · Stride 2 uses every pixel once", "#x=4x6&w=2x2:1,1,1,1&s=2"],
    ["8 · 7 × 7, padding 1, stride 2", "#x=7x7&w=3x3&p=1&s=2"],
    ["10 · The support grows", "#x=frog&w=diamond&p=full&flip=1&show=picture&at=7,22"],
    ["13 · One gradient scatters", "#x=sixteen&w=2x2&mode=backward&dy=ones"],
    ["14 · Seven by seven, as rows", `#x=7x7:${counting(49)}&w=3x3&at=0,1`],
    ["14 · Coverage of 5 × 5 by 3 × 3", "#x=5x5&w=ones&mode=backward&dy=ones&at=1,1"],
    ["15 · The checkerboard", "#x=7x9&w=ones&s=2&mode=backward&dy=ones&at=1,1"],
  ];

  return { IMAGES, KERNELS, EXAMPLES, matrix };
})();
