"use strict";
for (const panel of document.querySelectorAll(".thresholds")) {
  const ratio = panel.querySelector(".ratio");
  const within = panel.querySelector(".within");
  const groups = [...panel.querySelectorAll(".group")].map((box) => ({ box, rows: [] }));
  const measures = {
    parity: ([tp, fp, fn, tn]) => (tp + fp) / (tp + fp + fn + tn),
    opportunity: ([tp, , fn]) => tp / (tp + fn),
    accuracy: ([tp, fp, fn, tn]) => (tp + tn) / (tp + fp + fn + tn),
  };
  const cost = ([, fp, fn]) => fp * ratio.valueAsNumber + fn;
  const costs = (row) => row.counts.map(cost);
  const total = (rows, steps) => rows.reduce((sum, row, i) => sum + cost(row.counts[steps[i]]), 0);

  // Of equal ones the one next to the threshold in use: the least change.
  function cheapest(values, allowed = () => true) {
    const start = Number(panel.dataset.threshold);
    let best = -1;
    values.forEach((value, step) => {
      if (!allowed(step)) return;
      const nearer = Math.abs(step - start) < Math.abs(best - start);
      if (best < 0 || value < values[best] || (value === values[best] && nearer)) best = step;
    });
    return best;
  }

  // The least cost at which a measure differs by no more than is allowed: every value
  // that there is is tried as the least of all slices.
  function alike(rows, measure) {
    const values = rows.map((row) => row.counts.map(measure));
    const each = rows.map(costs);
    let found = null;
    let least = Infinity;
    for (const low of new Set(values.flat().filter((value) => !isNaN(value)))) {
      const fits = (i, step) => isNaN(values[i][step])
        || (values[i][step] >= low && values[i][step] <= low + within.valueAsNumber);
      const steps = rows.map((_, i) => cheapest(each[i], (step) => fits(i, step)));
      if (steps.includes(-1)) continue;
      const sum = total(rows, steps);
      if (sum < least) [found, least] = [steps, sum];
    }
    return found;
  }

  function tell(row, [tp, fp, fn, tn], threshold) {
    const n = tp + fp + fn + tn;
    const count = (value) => value.toLocaleString("en", { maximumSignificantDigits: 15 });
    const share = (part) => (n ? ((100 * part) / n).toFixed(1) : "–");
    const f1 = tp + fp + fn ? ((2 * tp) / (2 * tp + fp + fn)).toFixed(3) : "–";
    const cells = [...[n, tp, fp, fn, tn].map(count), share(fp), share(fn), share(tp + tn), f1];
    row.at.textContent = threshold;
    cells.forEach((cell, i) => { row.cells[i].textContent = cell; });
  }

  function show(row, step) {
    row.slider.value = step;
    tell(row, row.counts[step], (step / 100).toFixed(2));
  }

  // All rows: at one threshold, or each slice at its own.
  function sumUp(whole, rows, steps) {
    if (steps.every((step) => step === steps[0])) show(whole, steps[0]);
    else {
      const sums = [0, 1, 2, 3].map((k) => rows.reduce((sum, row, i) => sum + row.counts[steps[i]][k], 0));
      tell(whole, sums, "mixed");
    }
  }

  function update() {
    const strategy = panel.querySelector("input[type=radio]:checked").value;
    if (!(ratio.valueAsNumber > 0) || !(within.valueAsNumber >= 0)) return;
    for (const { box, rows: [whole, ...slices] } of groups) {
      const rows = slices.length ? slices : [whole];
      let steps = rows.map((row) => Number(row.slider.value));
      if (strategy === "single") steps = rows.map(() => cheapest(costs(whole)));
      if (strategy === "group") steps = rows.map((row) => cheapest(costs(row)));
      if (measures[strategy]) steps = alike(rows, measures[strategy]);
      const said = box.querySelector(".cost");
      if (!steps) {
        said.textContent = "No thresholds make the slices so much alike.";
        continue;
      }
      rows.forEach((row, i) => show(row, steps[i]));
      sumUp(whole, rows, steps);
      const sum = total(rows, steps).toLocaleString("en", { maximumFractionDigits: 2 });
      said.textContent = `Wrong decisions cost ${sum}, where a false negative costs 1.`;
    }
  }

  function byHand(group, row) {
    panel.querySelector("input[value=custom]").checked = true;
    const step = Number(row.slider.value);
    const moved = row === group.rows[0] ? group.rows : [row];
    moved.forEach((one) => show(one, step));
    update();
  }

  for (const group of groups) {
    for (const line of group.box.querySelectorAll("tr[data-counts]")) {
      const [at, ...cells] = line.querySelectorAll("td");
      const row = {
        cells,
        counts: line.dataset.counts.split(";").map((one) => one.split(",").map(Number)),
        slider: Object.assign(document.createElement("input"), { type: "range", min: 0, max: 100 }),
        at: document.createElement("output"),
      };
      row.slider.setAttribute("aria-label", `threshold of ${line.querySelector("th").textContent}`);
      row.slider.addEventListener("input", () => byHand(group, row));
      at.append(row.at, " ", row.slider);
      group.rows.push(row);
      show(row, Number(panel.dataset.threshold));
    }
  }
  panel.querySelector(".controls").addEventListener("input", update);
  panel.querySelector(".controls").hidden = false;
  panel.classList.add("live");
  update();
}
