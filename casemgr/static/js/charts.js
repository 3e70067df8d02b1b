// Draws the charts of a page from its data block; each piece opens its list. The tables beside them say the same.
"use strict";
(() => {
  const block = document.getElementById("chart-data");
  if (!block || !window.echarts) return;
  const look = getComputedStyle(document.documentElement);
  const colour = (name) => look.getPropertyValue(`--${name}`).trim();
  const COLOURS = {
    red: colour("red-mark"), orange: colour("orange-mark"), yellow: colour("yellow-mark"),
    registered: colour("edge"), closed: "#b9c6d4", open: colour("accent"),
  };
  const text = { color: colour("ink-soft"), fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 13 };

  const series = (chart) => chart.series.map((one) => ({
    name: one.name, type: one.kind === "open" ? "line" : "bar", data: one.data, stack: chart.lying ? "all" : undefined,
    itemStyle: { color: COLOURS[one.kind] }, lineStyle: { width: 2.5 }, symbolSize: 7, barMaxWidth: 22, connectNulls: false,
    cursor: one.data.some((piece) => piece.url) ? "pointer" : "default", emphasis: { disabled: true },
  }));

  const axes = (chart) => {
    const names = { type: "category", data: chart.names, axisLabel: { ...text, interval: chart.lying ? 0 : "auto" }, axisTick: { show: false }, inverse: chart.lying };
    const values = { type: "value", minInterval: 1, axisLabel: text, splitLine: { lineStyle: { color: colour("line-soft") } } };
    return chart.lying ? { xAxis: values, yAxis: names } : { xAxis: names, yAxis: values };
  };

  const option = (chart) => ({
    animation: false,
    textStyle: text,
    aria: { enabled: true, label: { description: chart.label }, decal: { show: true } },
    tooltip: { renderMode: "richText", trigger: "axis", axisPointer: { type: "shadow" }, textStyle: text },
    legend: { top: 0, left: 0, itemWidth: 16, itemHeight: 12, textStyle: text },
    grid: { top: 34, left: 4, right: 16, bottom: 4, containLabel: true },
    series: series(chart),
    ...axes(chart),
  });

  Object.entries(JSON.parse(block.textContent)).forEach(([id, chart]) => {
    const box = document.getElementById(`chart-${id}`);
    if (!box || !chart.names.length) return;
    box.hidden = false;
    const drawn = window.echarts.init(box, null, { renderer: "svg" });
    drawn.setOption(option(chart));
    drawn.on("click", (piece) => { if (piece.data && piece.data.url && piece.value) location.assign(piece.data.url); });
    new ResizeObserver(() => drawn.resize()).observe(box);
  });
})();
