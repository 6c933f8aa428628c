import { type EChartsOption, init } from 'echarts';

/** Pixels; a page of documentation is about as wide. */
const WIDTH = 880;
const HEIGHT = 440;
/** A sheet of its own under the plot, so that it can be read on a light and on a dark page. */
const SHEET = '#fbfbf8';
const INK = '#2b2b2b';
const LINES = '#d8d8d2';
/** Okabe and Ito: told apart by people who do not see all colours. Ours comes first. */
const COLOURS = ['#d55e00', '#0072b2', '#009e73', '#cc79a7', '#56b4e9', '#e69f00', '#777777', '#000000'];

export interface Plot {
  /** Of the file, without its ending. */
  readonly name: string;
  readonly svg: string;
}

/** Draws a chart without a browser: the same option gives the same bytes. */
export function draw(name: string, option: EChartsOption, height = HEIGHT): Plot {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: SHEET,
      color: COLOURS,
      textStyle: { color: INK, fontFamily: 'sans-serif' },
      ...option,
    });
    const svg = renumbered(chart.renderToSVGString());
    return { name, svg: `${svg}\n` };
  } finally {
    chart.dispose();
  }
}

/** The library numbers ids through all charts of a process; each file is a document of its own. */
function renumbered(svg: string): string {
  const names = new Map<string, string>();
  return svg.replaceAll(/\bzr\d+-[a-z]+-?\d+/g, (id) => {
    const name = names.get(id) ?? `p${names.size}`;
    names.set(id, name);
    return name;
  });
}

/** A title over its unit or explanation. */
export function titleOf(text: string, subtext: string) {
  return { text, subtext, left: 'center', textStyle: { color: INK, fontSize: 16 }, subtextStyle: { color: INK } };
}

/** An axis of numbers with its name and unit beside it. */
export function valueAxis(name: string) {
  return {
    type: 'value' as const,
    name,
    nameLocation: 'middle' as const,
    nameGap: 44,
    nameTextStyle: { color: INK },
    axisLabel: { color: INK },
    axisLine: { show: true, lineStyle: { color: INK } },
    splitLine: { lineStyle: { color: LINES } },
  };
}
