/* The one list of transports and of buses, and what they share: finding the one that a URL names,
 * and taking URLs apart. A transport that a build is without keeps its row, so that the answer can
 * say so instead of "unknown". */
#include "drivers/transport/common.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct scheme {
	const char *name;
	const struct transport_ops *ops; /* NULL: this build is without it */
};

static const struct scheme schemes[] = {
	{"tcp", &transport_tcp_ops},
#if HAVE_SERIAL
	{"serial", &transport_serial_ops},
#else
	{"serial", NULL},
#endif
#if HAVE_USB
	{"usb", &transport_usb_ops},
#else
	{"usb", NULL},
#endif
	{"record", &transport_record_ops}, {"replay", &transport_replay_ops},
};

static const struct transport_bus_ops *const buses[] = {
#if HAVE_USB
	&transport_usb_bus_ops,
#endif
#if HAVE_SERIAL
	&transport_serial_bus_ops,
#endif
	NULL,
};

int transport_refuse(char *ret_error, size_t error_size, int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(ret_error, error_size, format, args);
	va_end(args);
	return status;
}

int transport_blame(struct transport *transport, int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(transport->why, sizeof(transport->why), format, args);
	va_end(args);
	return status;
}

/* URLs end up in logs and on terminals, so nothing in them may move a cursor. */
static int check_url(const char *url, char *ret_error, size_t error_size)
{
	const unsigned char *p;

	if (strnlen(url, TRANSPORT_URL_SIZE) == TRANSPORT_URL_SIZE)
		return transport_refuse(ret_error, error_size, -EINVAL,
					"A transport's URL has at most %d bytes.",
					TRANSPORT_URL_SIZE - 1);
	for (p = (const unsigned char *)url; *p; p++) {
		if (*p < 0x20 || *p == 0x7f)
			return transport_refuse(ret_error, error_size, -EINVAL,
						"A transport's URL has no control characters.");
	}
	return 0;
}

int transport_create(struct transport **ret_transport, const char *url,
		     const struct transport_host *host, void *user, char *ret_error,
		     size_t error_size)
{
	size_t i, len;
	int r;

	assert(ret_transport && url && host && ret_error && error_size);
	r = check_url(url, ret_error, error_size);
	if (r < 0)
		return r;
	len = strcspn(url, ":");
	if (len == 0 || url[len] != ':')
		return transport_refuse(ret_error, error_size, -EINVAL,
					"\"%s\" is no transport's URL: it has no scheme.", url);
	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (strlen(schemes[i].name) != len || strncmp(schemes[i].name, url, len) != 0)
			continue;
		if (!schemes[i].ops)
			return transport_refuse(ret_error, error_size, -EPROTONOSUPPORT,
						"%s: this program was built without %s.",
						schemes[i].name, schemes[i].name);
		return schemes[i].ops->create(ret_transport, url, host, user, ret_error,
					      error_size);
	}
	return transport_refuse(
		ret_error, error_size, -EPROTONOSUPPORT,
		"\"%.*s\" is no known transport (tcp, serial, usb, record, replay).", (int)len,
		url);
}

void transport_destroy(struct transport *transport)
{
	if (!transport)
		return;
	transport->ops->close(transport);
	transport->ops->destroy(transport);
}

const struct transport_bus_ops *transport_bus_find(const char *name)
{
	size_t i;

	for (i = 0; buses[i]; i++) {
		if (strcmp(buses[i]->name, name) == 0)
			return buses[i];
	}
	return NULL;
}

int url_parse_number(const char *text, size_t len, long min, long max, long *ret)
{
	long value = 0;
	size_t i;

	if (len == 0 || len > 9 || (len > 1 && text[0] == '0'))
		return -EINVAL;
	for (i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -EINVAL;
		value = value * 10 + (text[i] - '0');
	}
	if (value < min || value > max)
		return -ERANGE;
	*ret = value;
	return 0;
}

static const struct url_choice *find_choice(const struct url_choice *choices, const char *text,
					    size_t len)
{
	for (; choices->text; choices++) {
		if (strlen(choices->text) == len && strncmp(choices->text, text, len) == 0)
			return choices;
	}
	return NULL;
}

static int parse_value(const char *scheme, const struct url_option *option, const char *text,
		       size_t len, char *ret_error, size_t error_size)
{
	const struct url_choice *choice;
	long value;
	int r;

	choice = option->choices ? find_choice(option->choices, text, len) : NULL;
	if (choice) {
		*option->value = choice->value;
		return 0;
	}
	r = option->max > 0 ? url_parse_number(text, len, option->min, option->max, &value)
			    : -EINVAL;
	if (r == -ERANGE)
		return transport_refuse(ret_error, error_size, -EINVAL,
					"%s: %s is from %ld to %ld, not %.*s.", scheme,
					option->name, option->min, option->max, (int)len, text);
	if (r < 0)
		return transport_refuse(ret_error, error_size, -EINVAL,
					"%s: \"%.*s\" is no value of the option %s.", scheme,
					(int)len, text, option->name);
	*option->value = value;
	return 0;
}

int url_parse_options(const char *scheme, const char *text, const struct url_option *options,
		      size_t n_options, char *ret_error, size_t error_size)
{
	bool seen[URL_MAX_OPTIONS] = {false};
	size_t i, name, len;
	int r;

	assert(n_options <= URL_MAX_OPTIONS);
	for (;;) {
		len = strcspn(text, "&");
		name = strcspn(text, "=&");
		if (text[name] != '=')
			return transport_refuse(ret_error, error_size, -EINVAL,
						"%s: options are written name=value, not \"%.*s\".",
						scheme, (int)len, text);
		for (i = 0; i < n_options; i++) {
			if (strlen(options[i].name) == name &&
			    strncmp(options[i].name, text, name) == 0)
				break;
		}
		if (i == n_options)
			return transport_refuse(ret_error, error_size, -EINVAL,
						"%s: there is no option \"%.*s\".", scheme,
						(int)name, text);
		if (seen[i])
			return transport_refuse(ret_error, error_size, -EINVAL,
						"%s: the option %s is given twice.", scheme,
						options[i].name);
		seen[i] = true;
		r = parse_value(scheme, &options[i], text + name + 1, len - name - 1, ret_error,
				error_size);
		if (r < 0)
			return r;
		if (!text[len])
			return 0;
		text += len + 1;
	}
}
