"""The colours and markers of all figures: Okabe and Ito's, which colour-blind readers tell apart."""

BLUE, ORANGE, GREEN, BLACK, PURPLE, YELLOW = "#0072B2", "#D55E00", "#009E73", "#000000", "#CC79A7", "#E69F00"
GREY, LIGHT = "#8A8A8A", "#E6E6E6"
COLOURS = (BLUE, ORANGE, GREEN, BLACK, PURPLE, YELLOW)
MARKERS = ("o", "s", "^", "D", "v", "P")
