/** What is drawn of a wall and of a report. Pure: words and colours are arguments. */
import type { EChartsCoreOption } from 'echarts/core'

import type { Colours } from '../components/charts/colours'

export interface CrowdWords {
  readonly times: readonly string[]
  readonly lines: readonly { readonly name: string; readonly counts: readonly number[] }[]
}

function axisOf(colours: Colours) {
  return {
    axisLine: { lineStyle: { color: colours.line } },
    axisTick: { show: false },
    axisLabel: { color: colours.ink2, fontFamily: colours.family, fontSize: 12 },
    splitLine: { lineStyle: { color: colours.line } },
  }
}

function tooltipOf(colours: Colours) {
  return {
    trigger: 'axis',
    backgroundColor: colours.surface,
    borderColor: colours.border,
    textStyle: { color: colours.ink, fontFamily: colours.family, fontSize: 13 },
    // Names are typed by people.
    renderMode: 'richText',
  }
}

function legendOf(colours: Colours) {
  return { top: 0, right: 0, itemWidth: 18, textStyle: { color: colours.ink2, fontFamily: colours.family, fontSize: 12 } }
}

/** Told apart by the dashes too. */
const DASHES = ['solid', 'dashed', 'dotted', [8, 3, 2, 3], [2, 6]] as const

/** Who waited, a line of the hall each. */
export function crowdChart(words: CrowdWords): (colours: Colours) => EChartsCoreOption {
  return (colours) => {
    const tones = [colours.brand, colours.info, colours.amber, colours.danger, colours.ink2]
    return {
      grid: { top: 34, right: 16, bottom: 26, left: 34 },
      tooltip: tooltipOf(colours),
      legend: legendOf(colours),
      xAxis: { type: 'category', boundaryGap: false, data: words.times, ...axisOf(colours) },
      yAxis: { type: 'value', minInterval: 1, ...axisOf(colours) },
      series: words.lines.map((line, at) => ({
        name: line.name,
        type: 'line',
        // A day that has just begun is a point.
        symbol: words.times.length < 3 ? 'circle' : 'none',
        data: line.counts,
        color: tones[at % tones.length],
        lineStyle: { width: 2.5, type: DASHES[at % DASHES.length] },
      })),
    }
  }
}

export interface WaitWords {
  readonly spans: readonly string[]
  readonly counts: readonly number[]
  readonly inTarget: number
  readonly target: string
  readonly name: string
}

/** How long people waited, those over the target in another colour. */
export function waitsChart(words: WaitWords): (colours: Colours) => EChartsCoreOption {
  return (colours) => ({
    grid: { top: 34, right: 16, bottom: 26, left: 34 },
    tooltip: tooltipOf(colours),
    xAxis: [
      { type: 'category', data: words.spans, ...axisOf(colours) },
      // Between two bars, where the target is.
      { type: 'value', min: 0, max: words.spans.length, show: false },
    ],
    yAxis: { type: 'value', minInterval: 1, ...axisOf(colours) },
    series: [
      {
        name: words.name,
        type: 'bar',
        barCategoryGap: '28%',
        data: words.counts.map((value, at) => ({
          value,
          itemStyle: { color: at < words.inTarget ? colours.mark : colours.amber, borderRadius: 5 },
        })),
      },
      {
        type: 'line',
        xAxisIndex: 1,
        data: [],
        tooltip: { show: false },
        markLine: {
          silent: true,
          symbol: 'none',
          lineStyle: { color: colours.ink3, type: 'dashed' },
          label: { formatter: words.target, color: colours.ink, fontFamily: colours.family, fontSize: 12 },
          data: [{ xAxis: words.inTarget }],
        },
      },
    ],
  })
}

export interface BarWords {
  readonly rows: readonly string[]
  readonly bars: readonly { readonly name: string; readonly values: readonly (number | null)[]; readonly stack?: boolean }[]
}

/** Bars side by side or on each other, for the rows of a report. */
export function barsChart(words: BarWords, kind: 'waits' | 'counts'): (colours: Colours) => EChartsCoreOption {
  return (colours) => {
    const tones = kind === 'waits' ? [colours.mark, colours.info] : [colours.mark, colours.amber, colours.danger]
    return {
      grid: { top: 34, right: 16, bottom: 26, left: 40 },
      tooltip: tooltipOf(colours),
      legend: legendOf(colours),
      xAxis: { type: 'category', data: words.rows, ...axisOf(colours) },
      yAxis: { type: 'value', ...(kind === 'counts' ? { minInterval: 1 } : {}), ...axisOf(colours) },
      series: words.bars.map((bar, at) => ({
        name: bar.name,
        type: 'bar',
        barMaxWidth: 36,
        data: bar.values,
        color: tones[at % tones.length],
        ...(bar.stack === true ? { stack: 'all' } : {}),
      })),
    }
  }
}
