// A view that keeps what its SELECT gives for each event as rows of Parquet files.

#pragma once

#include <memory>

#include "views/kinds/columnar/columnar_query.h"
#include "views/view_kind.h"

namespace daybook::views::columnar {

std::unique_ptr<ViewPlan> make_columnar_plan(ColumnarOptions options);

}  // namespace daybook::views::columnar
