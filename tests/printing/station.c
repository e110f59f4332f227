/* A printer with its plug, and the transport that leads to it. Buffered is a network: what was
 * submitted is out of the daemon's hands at once and flows on when the daemon is dead. Not buffered
 * is USB: a submit is done when the printer has taken it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/printing/printing.h"

enum { TICK_US = 10 * MS, ANSWER_US = 1 * MS, USB_PIPE = 64 };

struct station stations[STATIONS];
size_t station_count;

/* ---- what the printer says ------------------------------------------------------------------ */

static void put_answer(struct station *station, uint8_t byte)
{
	struct answer *answer;
	int64_t due_us = w.now_us + ANSWER_US + station->late_us;

	if (station->answer_count == sizeof(station->answers) / sizeof(station->answers[0]))
		return;
	if (station->answer_count) { /* never past one another */
		size_t last = (station->answer_from + station->answer_count - 1) % 4096;

		if (due_us < station->answers[last].due_us)
			due_us = station->answers[last].due_us;
	}
	answer = &station->answers[(station->answer_from + station->answer_count++) % 4096];
	*answer = (struct answer){due_us, byte};
}

static void printer_says(void *user, const uint8_t *bytes, size_t len)
{
	struct station *station = user;

	if (station->one_way || station->replies_lost || !station->plugged)
		return;
	/* Nobody reads: a USB printer keeps what its pipe holds. */
	if (!station->open && (station->buffered || station->answer_count > USB_PIPE))
		return;
	for (size_t i = 0; i < len; i++) {
		if (station->garbage && chance_of(0.3))
			put_answer(station, (uint8_t)chance_u64());
		put_answer(station,
			   station->garbage && chance_of(0.3) ? (uint8_t)chance_u64() : bytes[i]);
	}
	if (station->replies_twice)
		for (size_t i = 0; i < len; i++)
			put_answer(station, bytes[i]);
}

/* ---- what it does with the paper ------------------------------------------------------------ */

static uint64_t worked_off(const struct station *station)
{
	return station->printer.bytes - station->printer.used;
}

static struct stream *stream_at(struct station *station, uint64_t index)
{
	return &station->streams[index % MAX_STREAMS];
}

static uint64_t oldest_stream(const struct station *station)
{
	return station->stream_count > MAX_STREAMS ? station->stream_count - MAX_STREAMS : 0;
}

/* Whose byte has just been worked off. */
static int64_t job_at_work(struct station *station)
{
	uint64_t at = worked_off(station);

	for (uint64_t i = station->stream_count; i-- > oldest_stream(station);)
		if (stream_at(station, i)->from < at)
			return stream_at(station, i)->job;
	return 0;
}

static int printer_qr(void *user, const uint8_t *data, size_t len, int level,
		      uint8_t modules[PRINTER_MAX_MODULES * PRINTER_MAX_MODULES])
{
	struct station *station = user;
	int64_t job = job_at_work(station);

	if (station->page_job && station->page_job != job)
		evidence_piece(station->page_job); /* not cut: it hangs on the next one's paper */
	station->page_job = job;
	return made_up_qr(NULL, data, len, level, modules);
}

static void printer_cut(void *user, const uint8_t *rows, uint32_t count)
{
	struct station *station = user;

	if (station->page_job)
		evidence_page(station->page_job, rows, count);
	station->page_job = 0;
}

/* What is on its way does not arrive. */
static void drop_wire(struct station *station)
{
	for (uint64_t i = oldest_stream(station); i < station->stream_count; i++)
		if (stream_at(station, i)->to > station->printer.bytes)
			stream_at(station, i)->broken = true;
	station->wire_len = station->wire_from = 0;
}

/* What is in the printer and not on paper is lost; what is half on paper is a piece. */
static void forget(struct station *station)
{
	int64_t job = station->page_job ? station->page_job : job_at_work(station);

	if (job && station->printer.printed_rows > PRINTER_CUTTER_ROWS)
		evidence_piece(job);
	station->page_job = 0;
	station->wire_len = station->wire_from = 0;
	station->stream_count = 0;
	station->answer_count = 0;
}

static void printer_begin(struct station *station, enum setup setup)
{
	struct printer_settings settings = {.width = 576,
					    .answers_process_id = setup != SETUP_PROCESSES,
					    .one_way = setup == SETUP_ONE_WAY,
					    .speed_mm_s = PRINTER_SPEED};
	struct printer_hal hal = {
		.uart = {printer_says, station},
		.qr = printer_qr,
		.cut = printer_cut,
		.port = station,
	};

	printer_init(&station->printer, &settings, &hal, firmware_ms(w.now_us));
}

void station_power(struct station *station, bool on)
{
	if (on == station->powered)
		return;
	station->powered = on;
	if (on) {
		printer_switch_on(&station->printer, firmware_ms(w.now_us));
		station->lost |= station->open && station->half_open;
		station->half_open = false;
		return;
	}
	forget(station);
	printer_switch_off(&station->printer);
	station->half_open = station->buffered && chance_of(0.5);
	station->lost = station->open && !station->half_open;
}

void station_plug(struct station *station, bool in)
{
	if (!in) {
		station->lost = station->open;
		drop_wire(station);
		station->answer_count = 0;
	}
	station->plugged = in;
}

/* The link alone: the printer goes on with what it has got. */
void station_reset_link(struct station *station)
{
	station->lost = station->open;
	drop_wire(station);
}

void stations_begin(enum setup setup)
{
	memset(stations, 0, sizeof(stations));
	station_count = setup == SETUP_PAIR ? 2 : 1;
	for (size_t i = 0; i < station_count; i++) {
		struct station *station = &stations[i];

		station->one_way = setup == SETUP_ONE_WAY;
		station->buffered = chance_of(0.5);
		station->powered = station->plugged = true;
		station->bytes_left = station->rows_left = -1;
		printer_begin(station, setup);
	}
}

/* ---- the world's turn ----------------------------------------------------------------------- */

static bool takes(const struct station *station)
{
	return station->powered && station->plugged && !station->busy && !station->held &&
	       printer_room(&station->printer);
}

/* The jobs in a printer's memory that have no byte left in it. */
static void note_worked_off(struct station *station)
{
	uint64_t at = worked_off(station);

	for (uint64_t i = oldest_stream(station); i < station->stream_count; i++) {
		struct stream *stream = stream_at(station, i);

		if (stream->broken || stream->worked_off || stream->to > at)
			continue;
		stream->worked_off = true;
		evidence_worked_off(stream->job);
	}
}

static void feed(struct station *station)
{
	size_t n = station->wire_len, room = printer_room(&station->printer);

	n = n > room ? room : n;
	n = n > 512 ? 512 : n;
	if (station->bytes_left > 0 && (int64_t)n > station->bytes_left)
		n = (size_t)station->bytes_left;
	printer_receive(&station->printer, station->wire + station->wire_from, n,
			firmware_ms(w.now_us));
	station->wire_from += n;
	station->wire_len -= n;
	if (!station->buffered)
		station->told += (int64_t)n;
	if (station->bytes_left > 0) {
		station->bytes_left -= (int64_t)n;
		if (!station->bytes_left)
			fault_is_due((size_t)(station - stations));
	}
}

static void count_rows(struct station *station)
{
	int64_t more = (int64_t)(station->printer.rows - station->rows_seen);

	station->rows_seen = station->printer.rows;
	if (station->rows_left < 0 || !more)
		return;
	station->rows_left -= more;
	if (station->rows_left <= 0) {
		station->rows_left = -1;
		fault_is_due((size_t)(station - stations));
	}
}

static void run(struct station *station)
{
	if (!station->powered) {
		drop_wire(station);
		return;
	}
	if (w.now_us >= station->tick_us) {
		printer_tick(&station->printer, firmware_ms(w.now_us));
		count_rows(station);
		station->tick_us = w.now_us + TICK_US;
	}
	while (station->wire_len && takes(station))
		feed(station);
	if (station->powered)
		note_worked_off(station);
}

void stations_run(void)
{
	for (size_t i = 0; i < station_count; i++)
		run(&stations[i]);
}

static bool has_work(const struct station *station)
{
	return station->powered &&
	       ((station->wire_len && takes(station)) || printer_is_answering(&station->printer) ||
		(printer_is_printing(&station->printer) && !printer_is_offline(&station->printer)));
}

int64_t stations_next_us(void)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < station_count; i++)
		if (has_work(&stations[i]) && stations[i].tick_us < next)
			next = stations[i].tick_us;
	return next;
}

bool stations_are_quiet(void)
{
	for (size_t i = 0; i < station_count; i++)
		if (stations[i].wire_len || !stations[i].powered ||
		    printer_is_printing(&stations[i].printer))
			return false;
	return true;
}

/* Killed: what the kernel has of it still goes out, on a network; USB transfers are taken back. */
void stations_daemon_gone(bool killed)
{
	for (size_t i = 0; i < station_count; i++)
		if (!killed || !stations[i].buffered)
			drop_wire(&stations[i]);
}

/* ---- the transport -------------------------------------------------------------------------- */

static struct station *station_of(const struct transport *transport)
{
	for (size_t i = 0; i < station_count; i++)
		if (stations[i].port == transport)
			return &stations[i];
	wrong("a transport of no printer");
}

static int create(struct transport **ret, const char *url, const struct transport_host *host,
		  void *user, char *ret_error, size_t error_size)
{
	struct transport *transport = calloc(1, sizeof(*transport));
	size_t index = (size_t)(url[strlen(url) - 1] - '0');

	(void)ret_error, (void)error_size;
	if (!transport || index >= station_count)
		wrong("no printer %s", url);
	*transport = (struct transport){.ops = &paper_transport_ops, .host = host, .user = user};
	stations[index].port = transport;
	*ret = transport;
	return 0;
}

static void close_link(struct transport *transport)
{
	struct station *station = station_of(transport);

	if (!station->buffered)
		drop_wire(station);
	else
		station->answer_count = 0;
	station->open = station->opening = station->lost = false;
	station->submitted = false;
	station->told = 0;
}

static void destroy(struct transport *transport)
{
	station_of(transport)->port = NULL;
	free(transport);
}

static int open_link(struct transport *transport, int64_t now_us)
{
	struct station *station = station_of(transport);

	(void)now_us;
	if (station->open || station->opening)
		return -EALREADY;
	station->opening = true;
	return 0;
}

static int submit(struct transport *transport, const uint8_t *bytes, size_t len, int64_t now_us)
{
	struct station *station = station_of(transport);
	int64_t job;

	(void)now_us;
	if (!station->open)
		return -ENOTCONN;
	if (station->submitted)
		return -EBUSY;
	if (len < 1 || len > TRANSPORT_MAX_SUBMIT)
		return -EINVAL;
	if (station->wire_from) {
		memmove(station->wire, station->wire + station->wire_from, station->wire_len);
		station->wire_from = 0;
	}
	if (station->wire_len + len > WIRE_BYTES)
		return -EBUSY;
	job = evidence_bytes(bytes, len);
	if (job) {
		uint64_t from = station->printer.bytes + station->wire_len;

		*stream_at(station, station->stream_count++) =
			(struct stream){.job = job, .from = from, .to = from + len};
	}
	memcpy(station->wire + station->wire_len, bytes, len);
	station->wire_len += len;
	station->submitted = true;
	station->told = station->buffered ? (int64_t)len : 0;
	return 0;
}

static void cancel(struct transport *transport)
{
	struct station *station = station_of(transport);

	if (!station->submitted)
		return;
	station->submitted = false;
	drop_wire(station);
	transport->host->done(transport->user, -ECANCELED);
}

static int drain(struct transport *transport)
{
	return station_of(transport)->wire_len ? -EINPROGRESS : 0;
}

static bool answer_is_due(const struct station *station)
{
	return station->answer_count && station->answers[station->answer_from].due_us <= w.now_us;
}

static int64_t deadline(const struct transport *transport)
{
	const struct station *station = station_of(transport);

	if (station->opening || station->lost || (station->open && station->told))
		return 0;
	if (station->open && station->answer_count)
		return station->answers[station->answer_from].due_us - w.boot_us;
	return TRANSPORT_NO_DEADLINE;
}

static void tell_lost(struct transport *transport, struct station *station)
{
	bool submitted = station->submitted;

	station->open = station->submitted = station->lost = false;
	station->told = 0;
	if (submitted)
		transport->host->done(transport->user, -ENODEV);
	transport->host->left(transport->user, -ENODEV);
}

static void tell_answers(struct transport *transport, struct station *station)
{
	uint8_t bytes[256];
	size_t len = 0;

	while (answer_is_due(station) && len < sizeof(bytes)) {
		bytes[len++] = station->answers[station->answer_from].byte;
		station->answer_from = (station->answer_from + 1) % 4096;
		station->answer_count--;
	}
	if (len)
		transport->host->received(transport->user, bytes, len);
}

static void process(struct transport *transport, int64_t now_us)
{
	struct station *station = station_of(transport);

	(void)now_us;
	if (station->opening) {
		bool good = station->powered && station->plugged && !station->refused;

		station->opening = false;
		station->open = good;
		transport->host->opened(transport->user, good ? 0 : -ENODEV);
	}
	if (station->lost) {
		tell_lost(transport, station);
		return;
	}
	if (station->open && station->told) {
		size_t told = (size_t)station->told;

		station->told = 0;
		transport->host->progress(transport->user, told);
		if (station->open && station->submitted &&
		    (station->buffered || !station->wire_len)) {
			station->submitted = false;
			transport->host->done(transport->user, 0);
		}
	}
	if (station->open)
		tell_answers(transport, station);
}

int sim_control(struct transport *transport, enum transport_control what, int64_t now_us)
{
	(void)transport, (void)what, (void)now_us;
	return -EOPNOTSUPP;
}

size_t sim_fds(const struct transport *transport, struct pollfd *ret, size_t max)
{
	(void)transport, (void)ret, (void)max;
	return 0;
}

const struct transport_ops paper_transport_ops = {
	.scheme = "sim",
	.create = create,
	.destroy = destroy,
	.open = open_link,
	.close = close_link,
	.submit = submit,
	.cancel = cancel,
	.drain = drain,
	.control = sim_control,
	.fds = sim_fds,
	.deadline = deadline,
	.process = process,
};

/* ---- in place of drivers/transport/common.c ---- */

int transport_create(struct transport **ret_transport, const char *url,
		     const struct transport_host *host, void *user, char *ret_error,
		     size_t error_size)
{
	return create(ret_transport, url, host, user, ret_error, error_size);
}

/* Nothing is plugged in here. */
const struct transport_bus_ops *transport_bus_find(const char *name)
{
	(void)name;
	return NULL;
}

void transport_destroy(struct transport *transport)
{
	if (!transport)
		return;
	transport->ops->close(transport);
	transport->ops->destroy(transport);
}
