'use strict';
/* The bench page: shows what the devices show, presses what fingers press. */

const WINDOWS = 8;
const DOT = 2; /* pixels of one LED */
const KEYS = [
  ['call-next', '呼叫', 'Call next', 'main'], ['recall', '重呼', 'Recall'], ['start', '受理', 'Start'],
  ['finish', '办结', 'Finish'], ['no-show', '弃号', 'No-show'], ['park', '挂起', 'Park'],
  ['resume', '回呼', 'Resume'], ['pause', '暂停', 'Pause'], ['reopen', '恢复', 'Reopen'],
];
const BUTTONS = [[1, '综合受理', 'General'], [2, '统一出证', 'Issuing'], [3, '咨询引导', 'Guide'], [4, '优先', 'Priority']];
const RESULTS = {
  done: '已执行 done', refused: '不能执行 refused', 'nobody-waiting': '无人等候 nobody waiting',
  unavailable: '暂不可用 unavailable',
};
const FAULTS = [
  ['打印机 Printer', '/printer/faults', 'printer', [
    ['paper_out', '缺纸', 'Paper out', true, false], ['near_end', '纸将尽', 'Paper near end', true, false],
    ['cover_open', '上盖打开', 'Cover open', true, false], ['unplugged', '拔掉', 'Unplugged', true, false],
    ['speed_mm_s', '电机很慢', 'Slow motor', 5, 100]]],
  ['屏线 Boards line', '/lines/boards/faults', 'boards', [
    ['unplugged', '拔掉', 'Unplugged', true, false], ['noise', '噪声', 'Noise 1%', 0.01, 0]]],
  ['键盘线 Keypads line', '/lines/keypads/faults', 'keypads', [
    ['unplugged', '拔掉', 'Unplugged', true, false], ['noise', '噪声', 'Noise 1%', 0.01, 0]]],
  ['取号机线 Panel line', '/lines/panel/faults', 'panel', [
    ['unplugged', '拔掉', 'Unplugged', true, false], ['noise', '噪声', 'Noise 1%', 0.01, 0]]],
];
const shown = { boards: {}, paper: -1, tickets: -1 };

const make = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
};
const by = (id) => document.getElementById(id);
const post = (path, body = {}) => fetch(path, {
  method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
});
const button = (zh, en, click, name) => {
  const node = make('button', name ? { class: name } : {}, zh, make('small', {}, en));
  node.addEventListener('click', click);
  return node;
};

function build() {
  for (const [number, zh, en] of BUTTONS)
    by('panel-buttons').append(button(zh, en, () => post(`/panel/buttons/${number}`)));
  for (let n = 1; n <= WINDOWS; n++) {
    const keys = make('div', { class: 'keys' });
    for (const [key, zh, en, name] of KEYS)
      keys.append(button(zh, en, () => post(`/keypads/${n}/keys/${key}`), name));
    by('windows').append(make('div', { class: 'window' },
      make('canvas', { id: `board-${n}`, role: 'img', 'aria-label': `${n}号窗口屏 board of window ${n}` }),
      make('h3', {}, `${n}号窗口`, make('span', {}, `Window ${n}`)),
      make('div', { class: 'lcd' }, make('span', { id: `number-${n}` }, '\u00a0'), make('small', { id: `waiting-${n}` })),
      keys, make('p', { class: 'lamp', id: `result-${n}`, role: 'status' })));
  }
  for (const [title, path, device, switches] of FAULTS) {
    by('switches').append(make('h3', {}, title));
    for (const [key, zh, en, on, off] of switches) {
      const box = make('input', { type: 'checkbox', id: `${device}-${key}` });
      box.addEventListener('change', () => post(path, { [key]: box.checked ? on : off }));
      by('switches').append(make('label', {}, box, zh, make('span', {}, en)));
    }
  }
  for (const [id, zh] of [['printer', '打印机 printer'], ['boards', '屏 boards'], ['keypads', '键盘 keypads'], ['panel', '取号键 panel']])
    by('links').append(make('li', { id: `link-${id}` }, zh));
}

function drawBoard(n, dots) {
  const scale = n === 9 ? 3 : 2, canvas = by(`board-${n}`), context = canvas.getContext('2d');
  canvas.width = dots.width * scale;
  canvas.height = dots.height * scale;
  context.fillStyle = '#160705';
  context.fillRect(0, 0, canvas.width, canvas.height);
  dots.rows.forEach((row, y) => {
    for (let x = 0; x < row.length; x++) {
      context.fillStyle = row[x] === '#' ? '#ff4b2b' : '#2c100b';
      context.fillRect(x * scale, y * scale, DOT, DOT);
    }
  });
}

function showKeypad(pad, number, waiting, result) {
  number.textContent = pad.number || '\u00a0';
  waiting.textContent = `等候 ${pad.waiting}\nwaiting`;
  result.textContent = pad.queued ? '…' : (RESULTS[pad.result] || '');
  result.className = 'lamp ' + (pad.result === 'done' ? 'done' : 'refused');
}

async function showPaper(printer) {
  const image = by('moving');
  if (printer.printing && printer.revision !== shown.paper) {
    shown.paper = printer.revision;
    image.src = `/printer/paper.png?r=${printer.revision}`;
    image.hidden = false;
  } else if (!printer.printing && printer.tickets !== shown.tickets) {
    if (printer.tickets > 0) {
      image.src = `/printer/tickets/${printer.tickets}.png`;
      image.hidden = false;
    }
    const list = await (await fetch('/printer/tickets')).json();
    by('count').textContent = printer.tickets;
    by('earlier').replaceChildren(...list.slice(-6, -1).reverse().map((t) =>
      make('img', { src: `/printer/tickets/${t.number}.png`, alt: `纸 paper ${t.number}` })));
    shown.tickets = printer.tickets;
  }
}

async function update() {
  const state = await (await fetch('/state')).json();
  await Promise.all(state.boards.map(async (board, i) => {
    if (shown.boards[i] === board.revision) return;
    const dots = await (await fetch(`/boards/${i + 1}/dots`)).json();
    shown.boards[i] = dots.revision;
    drawBoard(i + 1, dots);
  }));
  state.keypads.forEach((pad, i) =>
    showKeypad(pad, by(`number-${i + 1}`), by(`waiting-${i + 1}`), by(`result-${i + 1}`)));
  showKeypad(state.panel, by('panel-number'), by('panel-waiting'), by('panel-result'));
  const links = { printer: state.printer, ...state.lines };
  for (const [id, link] of Object.entries(links)) by(`link-${id}`).className = link.connected ? 'on' : '';
  for (const [, , device, switches] of FAULTS)
    for (const [key, , , on] of switches) {
      const box = by(`${device}-${key}`), value = links[device][key];
      if (document.activeElement !== box) box.checked = typeof on === 'number' ? value === on : value;
    }
  by('report').textContent = state.report;
  await showPaper(state.printer);
}

async function run() {
  build();
  for (;;) {
    try {
      await update();
    } catch (error) {
      for (const node of by('links').children) node.className = '';
    }
    await new Promise((done) => setTimeout(done, 150));
  }
}

run();
