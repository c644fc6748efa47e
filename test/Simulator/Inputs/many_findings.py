"""A kernel that lacks a barrier between COUNT stores and as many loads.

many_findings.py COUNT lines|loc|one
"""

import sys

count, form = int(sys.argv[1]), sys.argv[2]
gap = " " if form == "one" else "\n"
loc = form == "loc"

print(""".version 8.0
.target sm_90
.address_size 64
.visible .entry many()
{
.reg .b32 %r<6>;
.extern .shared .align 4 .b8 words[];
mov.u32 %r1, %tid.x;
mov.u32 %r2, words;
mad.lo.u32 %r3, %r1, 4, %r2;
xor.b32 %r4, %r1, 31;
mad.lo.u32 %r4, %r4, 4, %r2;""")
if loc:
    print(".loc 1 7 1")
print(gap.join(f"st.shared.u32 [%r3+{128 * i}], %r1;" for i in range(count)), end=gap)
if loc:
    print(".loc 1 9 1")
print(gap.join(f"ld.shared.u32 %r5, [%r4+{128 * i}];" for i in range(count)))
print("ret;\n}")
if loc:
    print('.file 1 "many.cu"')
