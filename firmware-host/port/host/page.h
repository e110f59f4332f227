/* The bench page and its interface: docs/virtual-hall.md. */
#pragma once

#include "firmware-host/port/host/hall.h"

struct page;

/* On a free loopback port. 0 or a negative errno. */
int page_open(struct page **ret_page, struct virtual_hall *hall, const char *report);
void page_close(struct page *page);
uint16_t page_port(const struct page *page);
int page_fd(const struct page *page);
int64_t page_timeout_us(const struct page *page); /* INT64_MAX none */
void page_run(struct page *page);
