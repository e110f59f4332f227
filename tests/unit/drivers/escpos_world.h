/* A scripted host for the escpos driver: the test is the link, the printer and the clock. */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/driver.h"

enum { MS = 1000, S = 1000000, MAX_SENT = 512 * 1024 };

extern const struct driver escpos_driver;

/* What the host saw. */
struct world {
	struct device *device;
	int64_t now_us;
	bool in_flight; /* a send without its sent() */
	size_t in_flight_len;
	int send_error;
	uint8_t bytes[MAX_SENT]; /* all that was sent since clear() */
	size_t len, sends, largest;
	unsigned health_calls;
	enum device_health health;
	char detail[DEVICE_DETAIL_SIZE];
	unsigned sent_calls, ended_calls, reopens;
	int64_t ended_job;
	enum print_result result;
	char job_detail[DEVICE_DETAIL_SIZE];
	int64_t deadline_us; /* as of the last changed() */
	bool down_on_reopen;
	/* With make_usb(): the question that is out, 0 none; all that were asked, as letters: p d h
	 * s r; what is refused. */
	enum device_control asking;
	char asked[64];
	int control_error;
	unsigned cancels;
	uint32_t conditions;
	/* The printer, when it answers by itself. */
	bool answers_status, answers_queued, answers_id;
	uint8_t replies[5]; /* to DLE EOT 1-4 */
};

extern struct world w;

/* A ticket of one chunk; a picture that takes four; its dots. */
extern const struct document ticket, large;
extern uint8_t dots[72 * 200];

void make(const char *model);
/* The same with one setting; NULL: none. */
void make_with(const char *model, const char *setting);
/* The same on a link with a control pipe. */
void make_usb(const char *model);
/* The question that is out has its answer; a port status when there is one. */
void answer_control(int status, uint8_t port_status);
/* The link comes up. */
void up(void);
/* Up, asked and found well; what was sent until now is forgotten. */
void make_ready(const char *model);
void make_ready_with(const char *model, const char *setting);
/* Takes the device away; the deadline it told last was the true one. */
void finish(void);

/* Forgets what the host saw of jobs and bytes. */
void clear(void);
/* The printer says something. */
void receive(const char *bytes, size_t len);
#define RECEIVE(bytes) receive(bytes, sizeof(bytes) - 1)
/* The link has taken what was sent. */
void take(int status);
/* Lets link and printer go on until nothing is in flight. */
void flow(void);
/* Time goes on; every deadline that is due is served, and the deadline told is the true one. */
void pass(int64_t span_us);

int submit(int64_t id, const struct document *document);
void check_ended(int64_t id, enum print_result result, const char *detail);
