/* Bytes of print jobs as npos reads them: tokens.js FOLDER FILE..., JSON on stdout. npos does not know
 * GS ( k, the two-dimensional codes (Epson ESC/POS reference, "GS ( k": pL pH, then so many bytes);
 * that rule is added, by npos's own splitter for such lengths. */
'use strict';
const fs = require('fs');
const path = require('path');
const folder = path.join(process.argv[2], 'node_modules', 'npos');
const Parser = require(path.join(folder, 'lib', 'parser'));
const rules = require(path.join(folder, 'lib', 'parser', 'rules'));

const GS = 0x1d;
if (rules[GS]['(k'] !== undefined)
	throw new Error('npos knows GS ( k by now: leave the rule out');
rules[GS]['(k'] = [0, 'd16'];

const answer = process.argv.slice(3).map((name) => {
	const bytes = fs.readFileSync(name);
	const seen = Parser(rules).analyze(bytes);
	return {
		error: seen.error ? seen.error.message : null,
		tokens: (seen.tree || []).map((node) => ({
			name: node.fn === '' ? '' : node.ascii + ' ' + node.fn,
			offset: node.offset,
			bytes: bytes.subarray(node.offset, node.offset + node.length).toString('hex'),
		})),
	};
});
process.stdout.write(JSON.stringify(answer));
