// P50 and P90 of every item by DuckDB, on one thread: over the bins of the kept histograms, over those
// added up, or over the raw tickets. histograms.py asks in turn with others.
//
//     node duckdb.js PACKAGES bins|sums|tickets    a line on standard input: once more; prints JSON
//
// The tables come from bench-histograms' CSV and lie in a database beside it; the first asking, before
// any line, brings them into DuckDB's own cache and is not printed.
'use strict';
const fs = require('fs');
const path = require('path');
const readline = require('readline');

const [packages, what] = process.argv.slice(2);
const { DuckDBInstance } = require(path.join(packages, 'node_modules', '@duckdb/node-api'));

// Nearest rank. A literal with a point is a decimal in DuckDB, so that no rounding moves a rank.
const of_bins = (table) => `WITH bin AS (SELECT item, second, sum(count) AS n FROM ${table}
		GROUP BY item, second),
	added AS (SELECT item, second, sum(n) OVER (PARTITION BY item ORDER BY second) AS upto,
		sum(n) OVER (PARTITION BY item) AS total FROM bin)
	SELECT item, [min(second) FILTER (upto >= (50 * total + 99) // 100),
		min(second) FILTER (upto >= (90 * total + 99) // 100)] FROM added GROUP BY item`;
const queries = {
	tickets: 'SELECT item, quantile_disc(wait_ms // 1000, [0.5, 0.9]) FROM tickets GROUP BY item',
	bins: of_bins('bins'),
	sums: of_bins('sums'),
};
const bins = 'day INTEGER, item SMALLINT, second INTEGER, count INTEGER';
const columns = { tickets: 'day INTEGER, item SMALLINT, wait_ms INTEGER', bins, sums: bins };

async function main() {
	const instance = await DuckDBInstance.create(`${what}.duckdb`, { threads: '1' });
	const connection = await instance.connect();
	await connection.run(`CREATE TABLE ${what}(${columns[what]})`);
	await connection.run(`COPY ${what} FROM '${what}.csv'`);
	await connection.run('CHECKPOINT');
	await connection.runAndReadAll(queries[what]);
	for await (const _ of readline.createInterface({ input: process.stdin })) {
		const before = process.cpuUsage();
		const begin = process.hrtime.bigint();
		const answer = await connection.runAndReadAll(queries[what]);
		const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
		const cpu = process.cpuUsage(before);
		const quantiles = [];
		for (const [item, [p50, p90]] of answer.getRowsJson())
			quantiles[item] = [Number(p50), Number(p90)];
		console.log(JSON.stringify({ seconds, cpu: (cpu.user + cpu.system) / 1e6, quantiles }));
	}
	fs.rmSync(`${what}.duckdb`);
	process.exit(0);
}

main().catch((error) => {
	console.error(`duckdb.js: ${error.message}`);
	process.exit(1);
});
