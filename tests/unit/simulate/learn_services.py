"""Means of items drawn to the mean of all, by the one-way layout with random effects of unequal
sizes (moments: Searle, Casella and McCulloch, Variance Components, 1992, section 3.6).

Of two items with 120 and 80 services of 2 and 8, 4 and 16 min by turns, and one without. Prints a
header for the test.
"""
import math

items = [[math.log(m) for m in (2, 8)] * 60, [math.log(m) for m in (4, 16)] * 40]
every = [x for item in items for x in item]
total, mean = len(every), sum(every) / len(every)
error = sum((x - sum(item) / len(item)) ** 2 for item in items for x in item) / (total - len(items))
between = sum(len(item) * (sum(item) / len(item) - mean) ** 2 for item in items) / (len(items) - 1)
size = (total - sum(len(item) ** 2 for item in items) / total) / (len(items) - 1)
shrink = error / ((between - error) / size)
logs = [(sum(item) + shrink * mean) / (len(item) + shrink) for item in items] + [mean]
minutes = sum(math.exp(x) for x in every)
scale = minutes / sum(len(item) * math.exp(x) for item, x in zip(items, logs))
factors = [scale * math.exp(x) / (minutes / total) for x in logs]
print(f'#define SHRINK {shrink!r}\n#define CV {math.sqrt(math.expm1(error))!r}')
print('#define FACTORS ' + ', '.join(map(repr, factors)))
