/* The standard normal distribution. Inside src/core. */
#pragma once

/* The z below which a share p of it lies, 0 < p < 1, down to 1e-300. By M. J. Wichura, "Algorithm
 * AS 241: The Percentage Points of the Normal Distribution", Applied Statistics 37 (1988), PPND16:
 * about 1 part in 10^16. */
double normal_quantile(double p);
/* The share above z. */
double normal_above(double z);
