/* The firmware's printer behind a transport of the scheme "sim"; the table of schemes is here too,
 * in place of the drivers' own. Paper that was cut is shown to the witness. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/whole-day/world.h"

enum { TICK_US = 10 * MS };

static void printer_send(void *user, const uint8_t *bytes, size_t len)
{
	struct paper *paper = user;

	if (paper->reply_len + len > sizeof(paper->replies))
		wrong("the printer says more than %zu bytes unasked", sizeof(paper->replies));
	memcpy(paper->replies + paper->reply_len, bytes, len);
	paper->reply_len += len;
}

/* The ticket's own page: the token stands behind the last slash. No dots are needed here. */
static int printer_qr(void *user, const uint8_t *data, size_t len, int level,
		      uint8_t modules[PRINTER_MAX_MODULES * PRINTER_MAX_MODULES])
{
	struct paper *paper = user;
	size_t at = len;

	(void)level, (void)modules;
	while (at && data[at - 1] != '/')
		at--;
	if (len - at != CORE_TOKEN_SIZE - 1)
		wrong("a QR code without a ticket's token is printed");
	memcpy(paper->token, data + at, len - at);
	paper->token[len - at] = '\0';
	witness_qr(paper->token);
	return 0;
}

static void printer_cut(void *user, const uint8_t *rows, uint32_t count)
{
	struct paper *paper = user;

	(void)rows, (void)count;
	if (paper->token[0])
		witness_page(paper->token);
	paper->token[0] = '\0';
}

static void power_on(struct paper *paper)
{
	static const struct printer_settings settings = {.width = 576, .answers_process_id = true};
	struct printer_hal hal = {
		.uart = {printer_send, paper},
		.qr = printer_qr,
		.cut = printer_cut,
		.port = paper,
	};
	bool paper_out = paper->printer.paper_out, cover_open = paper->printer.cover_open;

	printer_init(&paper->printer, &settings, &hal, firmware_ms(w.now_us));
	paper->printer.paper_out = paper_out;
	paper->printer.cover_open = cover_open;
	paper->token[0] = '\0';
	paper->reply_len = 0;
}

void printers_power_on(void)
{
	for (size_t i = 0; i < WORLD_PRINTERS; i++)
		power_on(&w.papers[i]);
}

void printer_unplug(struct paper *paper)
{
	paper->unplugged = true;
	power_on(paper);
}

static struct paper *paper_of(const struct transport *transport)
{
	for (size_t i = 0; i < WORLD_PRINTERS; i++)
		if (w.papers[i].port == transport)
			return &w.papers[i];
	wrong("a printer's port is nobody's");
}

/* ---- the transport ---- */

static int create(struct transport **ret, const char *url, const struct transport_host *host,
		  void *user, char *ret_error, size_t error_size)
{
	struct transport *transport = calloc(1, sizeof(*transport));

	unsigned number = 0;

	if (!transport || sscanf(url, "sim:printer-%u", &number) != 1 || number < 1 ||
	    number > WORLD_PRINTERS) {
		free(transport);
		snprintf(ret_error, error_size, "out of memory");
		return -ENOMEM;
	}
	*transport = (struct transport){.ops = &paper_transport_ops, .host = host, .user = user};
	w.papers[number - 1].port = transport;
	*ret = transport;
	return 0;
}

static void close_paper(struct transport *transport)
{
	struct paper *paper = paper_of(transport);

	paper->open = paper->opening = paper->busy = false;
}

static void destroy(struct transport *transport)
{
	paper_of(transport)->port = NULL;
	free(transport);
}

static int open_paper(struct transport *transport, int64_t now_us)
{
	struct paper *paper = paper_of(transport);

	(void)now_us;
	if (paper->open || paper->opening)
		return -EALREADY;
	paper->opening = true;
	return 0;
}

static int submit(struct transport *transport, const uint8_t *bytes, size_t len, int64_t now_us)
{
	struct paper *paper = paper_of(transport);

	(void)now_us;
	if (!paper->open)
		return -ENOTCONN;
	if (paper->busy)
		return -EBUSY;
	if (len < 1 || len > TRANSPORT_MAX_SUBMIT)
		return -EINVAL;
	memcpy(paper->bytes, bytes, len);
	paper->len = len;
	paper->taken = 0;
	paper->busy = true;
	return 0;
}

static void cancel(struct transport *transport)
{
	struct paper *paper = paper_of(transport);

	if (!paper->busy)
		return;
	paper->busy = false;
	transport->host->done(transport->user, -ECANCELED);
}

static int drain(struct transport *transport)
{
	return paper_of(transport)->busy ? -EINPROGRESS : 0;
}

static int64_t deadline(const struct transport *transport)
{
	const struct paper *paper = paper_of(transport);

	if (paper->opening || (paper->open && (paper->unplugged || paper->reply_len)) ||
	    (paper->busy && printer_room(&paper->printer)))
		return 0;
	if (paper->busy || paper->printer.used || printer_is_printing(&paper->printer))
		return mono_us() + TICK_US;
	return INT64_MAX;
}

static void feed(struct transport *transport)
{
	struct paper *paper = paper_of(transport);
	size_t n = printer_room(&paper->printer);

	if (n > paper->len - paper->taken)
		n = paper->len - paper->taken;
	if (paper->unplug_after && n >= paper->unplug_after) {
		n = paper->unplug_after;
		paper->unplug_after = 0;
		printer_receive(&paper->printer, paper->bytes + paper->taken, n,
				firmware_ms(w.now_us));
		printer_unplug(paper);
		return;
	}
	if (!n)
		return;
	if (paper->unplug_after)
		paper->unplug_after -= n;
	printer_receive(&paper->printer, paper->bytes + paper->taken, n, firmware_ms(w.now_us));
	paper->taken += n;
	transport->host->progress(transport->user, n);
	if (!paper->busy || paper->taken < paper->len)
		return;
	paper->busy = false;
	transport->host->done(transport->user, 0);
}

static void leave(struct transport *transport)
{
	struct paper *paper = paper_of(transport);
	bool busy = paper->busy;

	paper->open = paper->busy = false;
	if (busy)
		transport->host->done(transport->user, -ENODEV);
	transport->host->left(transport->user, -ENODEV);
}

static void process(struct transport *transport, int64_t now_us)
{
	struct paper *paper = paper_of(transport);
	uint8_t replies[sizeof(paper->replies)];
	size_t len;

	if (paper->opening) {
		paper->opening = false;
		paper->open = !paper->unplugged;
		transport->host->opened(transport->user, paper->unplugged ? -ENODEV : 0);
	}
	if (paper->open && paper->unplugged) {
		leave(transport);
		return;
	}
	(void)now_us;
	printer_tick(&paper->printer, firmware_ms(w.now_us));
	if (paper->open && paper->busy)
		feed(transport);
	if (!paper->open)
		return;
	len = paper->reply_len;
	memcpy(replies, paper->replies, len);
	paper->reply_len = 0;
	if (len)
		transport->host->received(transport->user, replies, len);
}

const struct transport_ops paper_transport_ops = {
	.scheme = "sim",
	.create = create,
	.destroy = destroy,
	.open = open_paper,
	.close = close_paper,
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
	const struct transport_ops *ops =
		strncmp(url, "sim:line", 8) ? &paper_transport_ops : &wire_transport_ops;

	return ops->create(ret_transport, url, host, user, ret_error, error_size);
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
