--- A document with everything in it, and texts that each form takes for signs of its own.
local document = require "eimf.report.document"

local made = { SIGNS = [[a_b <i>&"it's" *x* _y_ `z` [l](m) | 5 % $1 #2 {c} ~d ^e \f]] }

made.TABLE = {
  title = "Beauty, test", columns = { "model", "recall@10", { name = "seconds", form = "%.1f" }, "runs" },
  rows = { { "popular", 0.0115, nil, 1 }, { "alone", { 0.0951, 0.0010 }, 756, 3 },
           { "EIMF", { 0.1043, 0.0008, mark = "*", gain = 9.67 }, 801.25, 3 } },
  best = { ["recall@10"] = "max", seconds = "min" }, note = "*: p < 0.05",
}

made.PLOT = {
  title = "Learning", x_label = "epoch", y_label = "ndcg@10, valid",
  series = { { name = "alone", points = { { 1, 0.1 }, { 2, 0.2 } } },
             { name = "EIMF", points = { { 1, 0.15, 0.01 }, { 3, 0.25 } } } },
}

function made.document ()
  return document.new("Title & " .. made.SIGNS):heading("Results"):text("# " .. made.SIGNS):table(made.TABLE)
    :heading("Curves", 3):plot(made.PLOT):list({ "1. one", "- two\nlines" }):code("a ``` b\nc <d>\n")
end

return made
