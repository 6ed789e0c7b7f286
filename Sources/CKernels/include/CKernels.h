// Everything that Swift sees of the kernels.
#pragma once
#include "ck_core.h"
#include "ck_conv.h"
#include "ck_matmul.h"
#include "ck_elementwise.h"
#include "ck_layout.h"
#include "ck_pooling.h"
#include "ck_resize.h"
#include "ck_area.h"
#include "ck_proposal.h"
#include "ck_reduce.h"
#include "ck_attention.h"
#include "ck_reference_conv.h"
