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
const LINES = [['boards', '屏线 Boards line'], ['keypads', '键盘线 Keypads line'], ['panel', '取号机线 Panel line']];
const LINE_SWITCHES = [['unplugged', '拔掉', 'Unplugged', true, false], ['noise', '噪声', 'Noise 1%', 0.01, 0]];
/* name, 中文, English, its value when on, when off */
const PRINTER_SWITCHES = [
  ['paper_out', '缺纸', 'Paper out', true, false], ['near_end', '纸将尽', 'Paper near end', true, false],
  ['cover_open', '上盖打开', 'Cover open', true, false], ['cutter_jammed', '切刀卡住', 'Cutter jammed', true, false],
  ['head_hot', '打印头过热', 'Head too hot', true, false], ['unplugged', '拔掉网线', 'Unplugged', true, false],
  ['power', '断电', 'Power off', false, true], ['speed_mm_s', '电机很慢', 'Slow motor', 5, 100],
];
const MORE_SWITCHES = [
  ['mechanism_jammed', '走纸机构卡住', 'Mechanism jammed', true, false], ['broken', '硬件故障', 'Broken', true, false],
  ['drawer_open', '钱箱打开', 'Drawer open', true, false], ['silent', '不应答', 'Answers nothing', true, false],
  ['garbage', '应答乱码', 'Answers noise', true, false], ['one_way', '单向', 'One-way', true, false],
  ['process_id', '不支持 GS ( H', 'No GS ( H', false, true], ['transmit', '不支持 GS r', 'No GS r', false, true],
  ['automatic', '不支持 GS a', 'No GS a', false, true], ['realtime', '不支持 DLE EOT', 'No DLE EOT', false, true],
];
const PRINTER_NUMBERS = [
  ['reply_delay_ms', '应答延迟 毫秒', 'Answer delay, ms'], ['lose_replies', '丢失应答 次', 'Answers to lose'],
  ['unplug_after', '再收 n 字节后拔线', 'Unplug after n bytes'], ['power_off_after', '再收 n 字节后断电', 'Power off after n bytes'],
];
const TROUBLES = [
  ['power', false, '断电 power is off'], ['unplugged', true, '网线已拔 unplugged'], ['cover_open', true, '上盖打开 cover open'],
  ['paper_out', true, '缺纸 paper out'], ['cutter_error', true, '切刀错误：排除卡纸后开合上盖 cutter error: free it, then open and close the cover'],
  ['mechanical_error', true, '机械错误：排除后开合上盖 mechanical error: free it, then open and close the cover'],
  ['unrecoverable_error', true, '硬件错误：断电再上电 error: power off and on'], ['head_hot', true, '打印头过热 head too hot'],
  ['waiting_for_feed', true, '等待按走纸键 waits for FEED'], ['near_end', true, '纸将尽 paper near end'],
];
const shown = { boards: {}, printers: [] };

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
  for (const [name, title] of LINES) {
    by('switches').append(make('h3', {}, title));
    for (const one of LINE_SWITCHES) addSwitch(by('switches'), `/lines/${name}/faults`, name, one);
  }
  for (const [id, zh] of [['boards', '屏 boards'], ['keypads', '键盘 keypads'], ['panel', '取号键 panel']])
    by('links').append(make('li', { id: `link-${id}` }, zh));
}

function addSwitch(parent, path, device, [key, zh, en, on, off]) {
  const box = make('input', { type: 'checkbox', id: `${device}-${key}` });
  box.addEventListener('change', () => post(path, { [key]: box.checked ? on : off }));
  parent.append(make('label', {}, box, zh, make('span', {}, en)));
}

function addNumber(parent, path, device, [key, zh, en]) {
  const field = make('input', { type: 'number', min: 0, id: `${device}-${key}` });
  field.addEventListener('change', () => post(path, { [key]: Number(field.value) || 0 }));
  parent.append(make('label', {}, field, zh, make('span', {}, en)));
}

/* The paper of one printer under the dispenser, its switches among the faults. */
function buildPrinter(n, count) {
  const device = `printer-${n}`, path = `/printers/${n}/faults`;
  const title = count > 1 ? `打印机 ${n} Printer ${n}` : '打印机 Printer';
  const feed = button('走纸键', 'FEED', () => {});
  const press = (down) => () => post(path, { feed_pressed: down });
  feed.addEventListener('pointerdown', press(true));
  for (const name of ['pointerup', 'pointerleave', 'blur']) feed.addEventListener(name, press(false));
  const roll = make('input', { type: 'number', min: 0, value: 0, 'aria-label': '新纸卷长度 毫米 length of the new roll, mm' });
  const more = make('details', {}, make('summary', {}, '更多 ', make('span', {}, 'More')));
  const box = make('section', { 'aria-label': title },
    make('h3', {}, title), make('div', { class: 'row' }, feed,
      button('撕纸', 'Tear off', () => post(path, { tear: true })),
      button('换新纸卷 毫米', 'New roll, mm; 0: endless', () => post(path, { new_roll_mm: Number(roll.value) || 0 })), roll));
  for (const one of PRINTER_SWITCHES) addSwitch(box, path, device, one);
  for (const one of MORE_SWITCHES) addSwitch(more, path, device, one);
  for (const one of PRINTER_NUMBERS) addNumber(more, path, device, one);
  box.append(more);
  by('printer-switches').append(box);
  by('printers').append(make('div', { class: 'printer' },
    ...(count > 1 ? [make('h3', {}, title)] : []), make('div', { class: 'slot' }),
    make('div', { class: 'paper', id: `${device}-paper` },
      make('img', { id: `${device}-moving`, alt: '正在打印的纸 paper being printed', hidden: '' })),
    make('p', { class: 'troubles', id: `${device}-troubles`, role: 'status' }),
    make('details', {}, make('summary', {}, '已出的纸 ', make('span', {}, 'Earlier papers'), ' (',
      make('span', { id: `${device}-count` }, '0'), ')'), make('div', { class: 'earlier', id: `${device}-earlier` }))));
  by('links').insertBefore(make('li', { id: `link-${device}` }, count > 1 ? `打印机 printer ${n}` : '打印机 printer'), by('link-boards'));
  shown.printers.push({ paper: -1, whole: -1, tickets: -1 });
}

function drawBoard(n, dots) {
  const scale = n === 9 ? 3 : 2, canvas = by(`board-${n}`), context = canvas.getContext('2d');
  canvas.width = dots.width * scale;
  canvas.height = dots.height * scale;
  const light = 70 + dots.brightness * 1.85, lit = `rgb(${light}, ${light * 0.29}, ${light * 0.17})`;
  context.fillStyle = '#160705';
  context.fillRect(0, 0, canvas.width, canvas.height);
  dots.rows.forEach((row, y) => {
    for (let x = 0; x < row.length; x++) {
      context.fillStyle = row[x] === '#' ? lit : '#2c100b';
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

async function showPrinter(n, printer) {
  const device = `printer-${n}`, image = by(`${device}-moving`), seen = shown.printers[n - 1];
  by(`link-${device}`).className = printer.connected ? 'on' : '';
  by(`${device}-paper`).classList.toggle('narrow', printer.width < 500);
  by(`${device}-troubles`).textContent = TROUBLES.filter(([key, is]) => printer[key] === is)
    .map(([, , words]) => words).join('；');
  for (const one of [...PRINTER_SWITCHES, ...MORE_SWITCHES]) showSwitch(device, one, printer);
  for (const [key] of PRINTER_NUMBERS)
    if (document.activeElement !== by(`${device}-${key}`)) by(`${device}-${key}`).value = printer[key];
  if (printer.printing && printer.revision !== seen.paper) {
    seen.paper = printer.revision;
    image.src = `/printers/${n}/paper.png?r=${printer.revision}`;
    image.hidden = false;
  } else if (!printer.printing && printer.tickets > 0 && printer.tickets !== seen.whole) {
    image.src = `/printers/${n}/tickets/${printer.tickets}.png`;
    image.hidden = false;
  }
  seen.whole = printer.printing ? -1 : printer.tickets;
  if (printer.tickets !== seen.tickets) {
    const list = await (await fetch(`/printers/${n}/tickets`)).json();
    by(`${device}-count`).textContent = printer.tickets;
    by(`${device}-earlier`).replaceChildren(...list.slice(-6, printer.printing ? undefined : -1).reverse().map((t) =>
      make('img', { src: `/printers/${n}/tickets/${t.number}.png`, alt: `纸 paper ${t.number}` })));
    seen.tickets = printer.tickets;
  }
}

function showSwitch(device, [key, , , on], state) {
  const box = by(`${device}-${key}`);
  if (document.activeElement !== box) box.checked = state[key] === on;
}

async function update() {
  const state = await (await fetch('/state')).json();
  await Promise.all(state.boards.map(async (board, i) => {
    if (shown.boards[i] === `${board.revision} ${board.brightness}`) return;
    const dots = await (await fetch(`/boards/${i + 1}/dots`)).json();
    shown.boards[i] = `${dots.revision} ${board.brightness}`;
    drawBoard(i + 1, dots);
  }));
  state.keypads.forEach((pad, i) =>
    showKeypad(pad, by(`number-${i + 1}`), by(`waiting-${i + 1}`), by(`result-${i + 1}`)));
  showKeypad(state.panel, by('panel-number'), by('panel-waiting'), by('panel-result'));
  for (const [name] of LINES) {
    by(`link-${name}`).className = state.lines[name].connected ? 'on' : '';
    for (const one of LINE_SWITCHES) showSwitch(name, one, state.lines[name]);
  }
  by('report').textContent = state.report;
  for (let n = shown.printers.length + 1; n <= state.printers.length; n++) buildPrinter(n, state.printers.length);
  await Promise.all(state.printers.map((printer, i) => showPrinter(i + 1, printer)));
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
