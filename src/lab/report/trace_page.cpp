#include "lab/report/trace_page.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "lab/report/html.hpp"
#include "text/strings.hpp"

namespace sgtm {
namespace {

using nlohmann::ordered_json;

ordered_json matrix_json(const float* data, Index rows, Index columns) {
  ordered_json all = ordered_json::array();
  for (Index i = 0; i < rows * columns; ++i) all.push_back(ordered_json::parse(fmt::format("{:.3g}", data[i])));
  return {{"rows", rows}, {"columns", columns}, {"values", all}};
}

/// The first tokens of a batch are enough to see a pattern.
constexpr Index shown_tokens = 32;

ordered_json page_data(const Trace& trace) {
  const auto block = static_cast<std::size_t>(trace.config.split.first_masked_block());
  const BlockLayout& b = trace.layout->blocks[block];
  const Tensor* const shown[] = {&b.w_q, &b.w_k, &b.w_v, &b.w_o, &b.b_o, &b.w_1, &b.b_1, &b.w_2, &b.b_2};
  ordered_json page = to_json(trace);
  page["block"] = block;
  for (const Tensor* t : shown) {
    ordered_json entry{
        {"name", name_in_block(t->name)}, {"rows", t->rows}, {"columns", t->columns}, {"forget", nullptr}};
    for (const TensorRange& range : trace.partition.forget)
      if (range.tensor == t)
        entry["forget"] = {range.rows.begin, range.rows.end, range.columns.begin, range.columns.end};
    page["tensors"].push_back(entry);
  }
  for (std::size_t s = 0; s < trace.steps.size(); ++s) {
    const StepTrace& step = trace.steps[s];
    ordered_json& out = page["steps"][s];
    const auto rows = std::min<Index>(shown_tokens, step.blocks[block].heads.rows());
    out["activations"]["heads before W_O"] =
        matrix_json(step.blocks[block].heads.data(), rows, trace.config.model.width);
    out["activations"]["units before W_2"] =
        matrix_json(step.blocks[block].units.data(), rows, trace.config.model.mlp_width);
    out["tokens"] = std::vector<std::string>(step.tokens.begin(), step.tokens.begin() + rows);
    for (const Tensor* t : shown)
      for (const auto& [stage, flat] :
           {std::pair{"backward", &step.gradient}, {"mask", &step.masked}, {"optimizer", &step.moved}})
        out[stage][name_in_block(t->name)] = matrix_json(flat->data() + t->offset, t->rows, t->columns);
  }
  page["forget_columns"] = {{"heads before W_O", trace.config.split.forget_heads * trace.config.model.head_width()},
                            {"units before W_2", trace.config.split.forget_units}};
  return page;
}

constexpr const char* page_head =
    R"HTML(<p>The same small model takes one training step three times: as each label would have it.
Go through the stages with the buttons or the arrow keys; every cell shows its number when you point at it.
Red frames are the forget part.</p>
<nav><button id="back" aria-label="previous stage">◀</button> <b id="stage"></b> <button id="on" aria-label="next stage">▶</button></nav>
<p id="what"></p>
<div id="labels"></div>
<p id="value" role="status">&nbsp;</p>
<style>
body{max-width:76rem}
nav{position:sticky;top:0;padding:.5rem 0;background:inherit;z-index:1}
nav button{font-size:1.1rem;padding:.2rem .9rem}
#labels{display:grid;grid-template-columns:repeat(auto-fit,minmax(19rem,1fr));gap:1.2rem}
#labels section{border-top:3px solid #8d99ae;padding-top:.4rem;min-width:0}
#labels h2{margin:.2rem 0}
canvas{display:block;image-rendering:pixelated;max-width:100%;border:1px solid #8888;margin:.1rem 0 .5rem}
#labels small{color:#777}
#labels table{font-size:.8em}#labels th,#labels td{padding:.15rem .5rem;text-align:right}
#labels th:first-child,#labels td:first-child{text-align:left}
#value{position:sticky;bottom:0;background:inherit;padding:.4rem 0;font-variant-numeric:tabular-nums}
body,nav,#value{background-color:Canvas}
</style>
)HTML";

constexpr const char* page_script = R"HTML(<script>
const stages = [
  ['forward', 'Forward: what the heads and units of one block put out, token by token. A zeroed part puts out zeros.'],
  ['backward', 'Backward: the gradient of every parameter, as it comes back through the stop-gradients.'],
  ['mask', 'Mask: what is left of the gradient. Entries that the label may not train are set to zero.'],
  ['optimizer', 'Optimizer: how far every parameter moved.']];
let stage = 0;
const element = (tag, text) => { const e = document.createElement(tag); if (text !== undefined) e.textContent = text; return e; };

function colour(value, largest) {  // blue positive, orange negative, the paler the smaller; zero is transparent
  if (value === 0 || largest === 0) return null;
  const strength = Math.sqrt(Math.abs(value) / largest);
  return value > 0 ? `rgba(46,134,171,${0.12 + 0.88 * strength})` : `rgba(224,120,40,${0.12 + 0.88 * strength})`;
}

function draw(name, matrix, forget, rowName) {
  const cell = Math.max(3, Math.min(12, Math.floor(288 / matrix.columns)));
  const canvas = document.createElement('canvas');
  canvas.width = matrix.columns * cell; canvas.height = matrix.rows * cell;
  canvas.tabIndex = 0;
  const pen = canvas.getContext('2d');
  const largest = Math.max(...matrix.values.map(Math.abs));
  matrix.values.forEach((v, i) => {
    const c = colour(v, largest);
    if (c) { pen.fillStyle = c; pen.fillRect(i % matrix.columns * cell, Math.floor(i / matrix.columns) * cell, cell, cell); }
  });
  if (forget && forget[1] > forget[0] && forget[3] > forget[2]) {
    pen.strokeStyle = '#d1263b'; pen.lineWidth = 2;
    pen.strokeRect(forget[2] * cell + 1, forget[0] * cell + 1, (forget[3] - forget[2]) * cell - 2, (forget[1] - forget[0]) * cell - 2);
  }
  let at = 0;
  const tell = () => {
    const r = Math.floor(at / matrix.columns), c = at % matrix.columns;
    const inForget = forget && r >= forget[0] && r < forget[1] && c >= forget[2] && c < forget[3];
    document.getElementById('value').textContent = `${name}[${rowName ? rowName(r) : r}, ${c}] = ${matrix.values[at]}${inForget ? ' (forget)' : ''}`;
  };
  canvas.onmousemove = e => {
    const box = canvas.getBoundingClientRect();
    const c = Math.min(matrix.columns - 1, Math.floor((e.clientX - box.left) / box.width * matrix.columns));
    const r = Math.min(matrix.rows - 1, Math.floor((e.clientY - box.top) / box.height * matrix.rows));
    at = Math.max(0, r * matrix.columns + c); tell();
  };
  canvas.onclick = canvas.onmousemove;
  canvas.onfocus = tell;
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', `${name}, ${matrix.rows} by ${matrix.columns}`);
  return canvas;
}

function norms(step) {
  const table = element('table'), head = table.insertRow();
  for (const h of ['', 'gradient', 'after the mask', 'moved', 'entries moved']) head.append(element('th', h));
  for (const owner of ['forget', 'retain', 'joint']) {
    const o = step.owners[owner], r = table.insertRow();
    for (const v of [owner, o.gradient.toPrecision(3), o.masked.toPrecision(3), o.moved.toPrecision(3), `${o.changed} of ${o.entries}`])
      r.append(element('td', v));
  }
  return table;
}

function show() {
  document.getElementById('stage').textContent = `${stage + 1} of 4: ${stages[stage][0]}`;
  document.getElementById('what').textContent = stages[stage][1];
  const labels = document.getElementById('labels');
  labels.replaceChildren();
  for (const step of data.steps) {
    const section = element('section');
    section.append(element('h2', step.label === 'unlabeled' ? 'unlabeled batch' : `batch labeled ${step.label}`));
    section.append(element('small', '“' + step.documents[0].slice(0, 110) + ' …”'));
    section.append(element('p', [
      `Loss ${step.loss.toFixed(3)} nats per token. Activations zeroed: ${step.blocks[data.block].silenced}.`,
      `Gradient stopped at: ${step.blocks[data.block].stopped}.`,
      `Gradient masked: ${step.blocks[data.block].frozen}.`,
      `May step: ${step.optimizer_steps}.`][stage]));
    if (stage === 0) {
      for (const [name, matrix] of Object.entries(step.activations)) {
        section.append(element('div', name));
        const first = matrix.columns - data.forget_columns[name];
        section.append(draw(name, matrix, [0, matrix.rows, first, matrix.columns], r => `“${step.tokens[r]}”`));
      }
    } else {
      for (const t of data.tensors) {
        section.append(element('div', t.name));
        section.append(draw(t.name, step[stages[stage][0]][t.name], t.forget));
      }
      section.append(norms(step));
    }
    labels.append(section);
  }
  document.getElementById('back').disabled = stage === 0;
  document.getElementById('on').disabled = stage === 3;
}
function go(by) { stage = Math.max(0, Math.min(3, stage + by)); show(); }
document.getElementById('back').onclick = () => go(-1);
document.getElementById('on').onclick = () => go(1);
addEventListener('keydown', e => { if (e.key === 'ArrowRight') go(1); if (e.key === 'ArrowLeft') go(-1); });
show();
</script>
)HTML";

}  // namespace

std::string trace_page(const Trace& trace) {
  const std::string data = replace_all(page_data(trace).dump(), "</", "<\\/");  // nothing in it may end the script
  return html_page(fmt::format("One step of training, strategy {}", trace.config.strategy),
                   page_head + ("<script>const data = " + data + ";</script>\n") + page_script);
}

}  // namespace sgtm
