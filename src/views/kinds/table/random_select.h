// Random SELECTs over the columns of the simulated table (table_fold_test.cpp), of everything that
// a fold can keep up to date: groups by expression and by time, aggregates with FILTER and ORDER
// BY, lists that have a bound, columns that are computed from them, HAVING. Only what has one right
// answer is made: where rows of equal order would be chosen from, `id` decides.

#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace daybook::views::table {

class RandomSelect {
 public:
  // `is_change`: rows may be taken back.
  RandomSelect(std::mt19937_64& random, bool is_change) : random_(random), is_change_(is_change) {}

  // Adds the names of the groups to `key`.
  std::string make(std::vector<std::string>& key) {
    make_groups(key);
    const int aggregates = pick(1, 4);
    for (int i = 0; i < aggregates; ++i) {
      list_ += ", " + aggregate() + " AS a" + std::to_string(i);
    }
    const int computed = chance(1, 2) ? pick(1, 3) : 0;
    for (int i = 0; i < computed; ++i) {
      list_ += ", " + expression() + " AS e" + std::to_string(i);
    }
    auto sql = "SELECT " + list_ + " FROM t";
    if (chance(1, 3)) sql += " WHERE " + condition();
    sql += " GROUP BY " + group_list_;
    if (chance(1, 3)) sql += " HAVING " + having();
    return sql;
  }

 private:
  using Texts = std::vector<std::string>;

  int pick(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
  bool chance(int part, int of) { return pick(1, of) <= part; }
  const std::string& any(const Texts& of) {
    return of[static_cast<std::size_t>(pick(0, static_cast<int>(of.size()) - 1))];
  }

  void make_groups(Texts& key) {
    static const Texts kGroups{"g",
                               "h",
                               "h % 3",
                               "upper(g)",
                               "day",
                               "ok",
                               "date_trunc('day', ts)",
                               "time_bucket(INTERVAL '36 hours', ts)",
                               "CASE WHEN d > 0 THEN 'in' WHEN d < 0 THEN 'out' END",
                               "d",
                               "f"};
    const int count = pick(1, 2);
    for (int i = 0; i < count; ++i) {
      const auto& group = any(kGroups);
      if (std::ranges::find(groups_, group) != groups_.end()) continue;
      const auto name = "k" + std::to_string(i);
      list_ += (i == 0 ? "" : ", ") + group + " AS " + name;
      group_list_ += (i == 0 ? "" : ", ") + (chance(1, 3) ? name : group);
      groups_.push_back(group);
      key.push_back(name);
    }
  }

  std::string aggregate() {
    static const Texts kNumbers{
        "b", "d", "w", "f", "h", "b % 10 + h", "d * 2", "id % 7", "CASE WHEN ok THEN d END"};
    static const Texts kAll{"b",  "d",   "w",  "f",     "h",        "g",
                            "ts", "day", "ok", "d * 2", "g || 'x'", "w - d"};
    static const Texts kSpreads{"stddev", "stddev_pop", "var_samp", "var_pop"};
    static const Texts kSpread{"d", "w", "f", "h", "b % 1000", "day - DATE '2020-01-01'"};
    static const Texts kOrders{"d", "f DESC", "g NULLS FIRST", "ts", "h DESC NULLS FIRST, d", "w"};
    std::string text;
    switch (pick(0, 15)) {
      case 15:
        text = is_change_ ? "count(" : "approx_count_distinct(";
        text += any(kAll) + ")";
        break;
      case 13:
      case 14:
        return list(kAll, kOrders);

      case 0:
        text = "count(*)";
        break;
      case 1:
        text = "count(" + any(kAll) + ")";
        break;
      case 2:
        text = "sum(" + any(kNumbers) + ")";
        break;
      case 3:
        text = "avg(" + any(kNumbers) + ")";
        break;
      case 4:
        text = any({"min(", "max("}) + any(kAll) + ")";
        break;
      case 5:
        text = any({"first(", "last(", "any_value("}) + any(kAll) + ")";
        break;
      case 6:
      case 7:
        text = any(kSpreads) + "(" + any(kSpread) + ")";
        break;
      case 8:
        text = any({"bool_and(", "bool_or("}) + any({"ok", "h > 0", "d IS NULL"}) + ")";
        break;
      case 9:
        text = "count_if(" + any({"ok", "h > 0"}) + ")";
        break;
      case 10:
        // DuckDB takes the first of equal ones that it meets, and so do views.
        text = any({"arg_min(", "arg_max(", "min_by(", "arg_max_null("}) + any(kAll) + ", " +
               any({"d", "h", "g", "ts", "f"}) + ")";
        break;
      default:
        text = any({"first(", "last(", "any_value("}) + any(kAll) + " ORDER BY " + any(kOrders) +
               ", id)";
    }
    if (chance(1, 4)) text += " FILTER (WHERE " + condition() + ")";
    return text;
  }

  // As text, in which DuckDB writes lists of any type; the aggregate inside is as users write it.
  std::string list(const Texts& values, const Texts& orders) {
    const auto filter = chance(1, 4) ? " FILTER (WHERE " + condition() + ")" : std::string();
    const auto count = std::to_string(pick(1, 4));
    std::string text;
    const auto& value = any(values);
    switch (pick(0, 4)) {
      case 0:
        text = any({"max(", "min("}) + any(values) + ", " + count + ")" + filter;
        break;
      case 1:
        // Of equal ones DuckDB takes any, so that they are made different.
        text = any({"arg_max(", "arg_min(", "max_by("}) + any(values) + ", " +
               any({"id", "h * 1000 + id", "d * 1000 - id"}) + ", " + count + ")" + filter;
        break;
      case 2:
        text = any({"list(", "array_agg("}) + any(values) + ")" + filter;
        break;
      case 3:  // which DuckDB's parser takes for the sorting of a list
        text = any({"list(", "array_agg("}) + value + " ORDER BY " + value +
               any({"", " DESC", " NULLS FIRST", " DESC NULLS LAST"}) + ")" + filter;
        break;
      default:
        text = any({"list(", "array_agg("}) + any(values) + " ORDER BY " + any(orders) + ", id)" +
               filter;
    }
    const bool is_whole = text.starts_with("list") || text.starts_with("array");
    if (is_whole)
      text = "(" + text + ")" + any({"[1:" + count, "[:" + count, "[-" + count + ":"}) + "]";
    return "(" + text + ")::VARCHAR";
  }

  // An aggregate whose value has no rounding in it, so that a comparison has one answer.
  std::string exact() {
    return any({"count(*)", "sum(h)", "sum(d)", "max(h)", "min(d)", "count(d)", "sum(b % 10)",
                "max(id)", "sum(h) FILTER (WHERE ok)"});
  }

  std::string expression() {
    const auto& group = any(groups_);
    switch (pick(0, 9)) {
      case 0:
        return exact() + " / nullif(" + exact() + ", 0)";
      case 1:
        return "round(" + exact() + " * 1.5, 1)";
      case 2:
        return "coalesce(" + exact() + ", 0) + coalesce(" + exact() + ", -1)";
      case 3:
        return "CASE WHEN " + exact() + " > 0 THEN 'up' WHEN " + exact() +
               " IS NULL THEN NULL ELSE (" + group + ")::VARCHAR END";
      case 4:
        return "concat(" + group + ", ':', " + exact() + ")";
      case 5:
        return "avg(d) + " + exact();
      case 6:
        return "(" + exact() + ")::DECIMAL(20,3)";
      case 7:
        return "date_trunc('month', max(ts))";
      case 8:
        return any({"a0", "(a0)"}) + " IS NULL";
      default:
        return "greatest(" + exact() + ", " + exact() + ")";
    }
  }

  std::string having() {
    switch (pick(0, 4)) {
      case 0:
        return "count(*) > " + std::to_string(pick(1, 3));
      case 1:
        return "a0 IS NOT NULL";
      case 2:
        return exact() + " > " + exact();
      case 3:
        return any(groups_) + " IS NOT NULL AND " + exact() + " BETWEEN -5 AND 50";
      default:
        return "NOT (" + exact() + " < 0) OR bool_or(ok)";
    }
  }

  const std::string& condition() {
    static const Texts kConditions{"ok",
                                   "b > 0",
                                   "d IS NOT NULL",
                                   "g IN ('a', 'b')",
                                   "f < 0.5 OR h = 1",
                                   "day > '2026-01-02'"};
    return any(kConditions);
  }

  std::mt19937_64& random_;
  const bool is_change_;
  Texts groups_;
  std::string list_;
  std::string group_list_;
};

}  // namespace daybook::views::table
