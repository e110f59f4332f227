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

void printer_power_on(void)
{
	static const struct printer_settings settings = {.width = 576, .answers_process_id = true};
	struct printer_hal hal = {
		.uart = {printer_send, &w.paper},
		.qr = printer_qr,
		.cut = printer_cut,
		.port = &w.paper,
	};
	bool paper_out = w.paper.printer.paper_out, cover_open = w.paper.printer.cover_open;

	printer_init(&w.paper.printer, &settings, &hal, firmware_ms(w.now_us));
	w.paper.printer.paper_out = paper_out;
	w.paper.printer.cover_open = cover_open;
	w.paper.token[0] = '\0';
	w.paper.reply_len = 0;
}

void printer_unplug(void)
{
	w.paper.unplugged = true;
	printer_power_on();
}

/* ---- the transport ---- */

static int create(struct transport **ret, const char *url, const struct transport_host *host,
		  void *user, char *ret_error, size_t error_size)
{
	struct transport *transport = calloc(1, sizeof(*transport));

	(void)url;
	if (!transport) {
		snprintf(ret_error, error_size, "out of memory");
		return -ENOMEM;
	}
	*transport = (struct transport){.ops = &paper_transport_ops, .host = host, .user = user};
	w.paper.port = transport;
	*ret = transport;
	return 0;
}

static void close_paper(struct transport *transport)
{
	(void)transport;
	w.paper.open = w.paper.opening = w.paper.busy = false;
}

static void destroy(struct transport *transport)
{
	w.paper.port = NULL;
	free(transport);
}

static int open_paper(struct transport *transport, int64_t now_us)
{
	(void)transport, (void)now_us;
	if (w.paper.open || w.paper.opening)
		return -EALREADY;
	w.paper.opening = true;
	return 0;
}

static int submit(struct transport *transport, const uint8_t *bytes, size_t len, int64_t now_us)
{
	(void)transport, (void)now_us;
	if (!w.paper.open)
		return -ENOTCONN;
	if (w.paper.busy)
		return -EBUSY;
	if (len < 1 || len > TRANSPORT_MAX_SUBMIT)
		return -EINVAL;
	memcpy(w.paper.bytes, bytes, len);
	w.paper.len = len;
	w.paper.taken = 0;
	w.paper.busy = true;
	return 0;
}

static void cancel(struct transport *transport)
{
	if (!w.paper.busy)
		return;
	w.paper.busy = false;
	transport->host->done(transport->user, -ECANCELED);
}

static int drain(struct transport *transport)
{
	(void)transport;
	return w.paper.busy ? -EINPROGRESS : 0;
}

static int64_t deadline(const struct transport *transport)
{
	const struct paper *paper = &w.paper;

	(void)transport;
	if (paper->opening || (paper->open && (paper->unplugged || paper->reply_len)) ||
	    (paper->busy && printer_room(&paper->printer)))
		return 0;
	if (paper->busy || paper->printer.used || printer_is_printing(&paper->printer))
		return mono_us() + TICK_US;
	return INT64_MAX;
}

static void feed(struct transport *transport)
{
	struct paper *paper = &w.paper;
	size_t n = printer_room(&paper->printer);

	if (n > paper->len - paper->taken)
		n = paper->len - paper->taken;
	if (paper->unplug_after && n >= paper->unplug_after) {
		n = paper->unplug_after;
		paper->unplug_after = 0;
		printer_receive(&paper->printer, paper->bytes + paper->taken, n,
				firmware_ms(w.now_us));
		printer_unplug();
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
	struct paper *paper = &w.paper;
	bool busy = paper->busy;

	paper->open = paper->busy = false;
	if (busy)
		transport->host->done(transport->user, -ENODEV);
	transport->host->left(transport->user, -ENODEV);
}

static void process(struct transport *transport, int64_t now_us)
{
	struct paper *paper = &w.paper;
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
