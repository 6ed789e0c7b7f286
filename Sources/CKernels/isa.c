// Which instruction sets this processor has.
#include "ck_core.h"

int ck_isa_available(ck_isa isa) {
    switch (isa) {
        case CK_ISA_PORTABLE: return 1;
#if defined(__x86_64__)
        // These ask the operating system too (XGETBV): it must save the wide registers.
        case CK_ISA_AVX2:
            __builtin_cpu_init();
            return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
        case CK_ISA_AVX512:
            __builtin_cpu_init();
            return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                   __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
                   __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
        default: return 0;
    }
}
int ck_bf16_available(ck_isa isa) {
#if defined(__x86_64__)
    return isa == CK_ISA_AVX512 && ck_isa_available(isa) && __builtin_cpu_supports("avx512bf16");
#else
    (void)isa;
    return 0;
#endif
}
int ck_isa_lanes(ck_isa isa) { return isa == CK_ISA_AVX512 ? 16 : 8; }
