local document = require "eimf.report.document"
local latex = require "eimf.report.latex"
local made = require "spec.report.made"

describe("eimf.report.latex", function ()
  it("writes the tables, to be pasted", function ()
    assert.are.equal([[
% T
% \usepackage{booktabs}

% Results

\begin{table}
  \centering
  \caption{Beauty, test}
  \begin{tabular}{lrrr}
    \toprule
    model & recall@10 & seconds & runs \\
    \midrule
    popular & 0.0115 &  & 1 \\
    alone & 0.0951 $\pm$ 0.0010 & \textbf{756.0} & 3 \\
    EIMF & \textbf{0.1043} $\pm$ 0.0008\textsuperscript{*} (+9.7\,\%) & 801.2 & 3 \\
    \bottomrule
  \end{tabular}
  \par\smallskip{\footnotesize *: p \textless{} 0.05}
\end{table}
]], latex.render(document.new("T"):heading("Results"):text("not here"):table(made.TABLE)))
  end)

  it("lets no text be taken for a sign, and no heading out of its comment", function ()
    local text = latex.render(document.new("T\n\\input{x}"):heading("H\nx"):table {
      columns = { "a_b" }, rows = { { made.SIGNS } } })
    local signs = [[a\_b \textless{}i\textgreater{}\&''it's'' *x* \_y\_ `z` [l](m) \textbar{} 5 \% \$1 \#2 \{c\} ]]
      .. [[\textasciitilde{}d \textasciicircum{}e \textbackslash{}f]]
    assert.is_truthy(text:find(signs, 1, true), text)
    assert.is_truthy(text:find("^%% T \\input{x}\n"))
    assert.is_truthy(text:find("\n% H x\n", 1, true))
  end)

  it("breaks long texts into lines", function ()
    local text = latex.render(document.new("T"):table { columns = { "a", "b" }, rows = { { ("word "):rep(20), "x" } } })
    assert.is_truthy(text:find("\\begin{tabular}{p{0.35\\linewidth}l}", 1, true), text)
  end)
end)
