internal import Evaluation
internal import StrictJSON

extension ComparisonResult {
  /// The columns of the table: names and, per row, texts.
  var columns: [(name: String, values: [String])] {
    func column(_ name: String, _ text: (Row) -> String) -> (name: String, values: [String]) {
      (name, rows.map(text))
    }
    var columns = [column("strategy") { $0.name + ($0.isOnFront ? " *" : "") }]
    let accuracy: [(String, KeyPath<Row, Double?>)] =
      isLabelled
      ? [
        ("AP", \.summary?.averagePrecision), ("AP50", \.summary?.averagePrecision50),
        ("AP_S", \.summary?.averagePrecisionSmall), ("AP_M", \.summary?.averagePrecisionMedium),
        ("AP_L", \.summary?.averagePrecisionLarge),
      ]
      : [
        ("recall", \.agreement?.all.recall), ("precision", \.agreement?.all.precision),
        ("rec_S", \.agreement?.small.recall), ("rec_M", \.agreement?.medium.recall),
        ("rec_L", \.agreement?.large.recall), ("prec_S", \.agreement?.small.precision),
        ("prec_M", \.agreement?.medium.precision), ("prec_L", \.agreement?.large.precision),
      ]
    for (name, path) in accuracy {
      columns.append(
        column(name) { row in row[keyPath: path].map { Fixed.text($0, decimals: 3) } ?? "-" })
    }
    columns += [
      column("boxes") { "\($0.boxCount)" },
      column("passes") { Fixed.text($0.passes, decimals: 1) },
      column("pre ms") { Fixed.text($0.preprocess, decimals: 1) },
      column("net ms") { Fixed.text($0.inference, decimals: 1) },
      column("post ms") { Fixed.text($0.postprocess, decimals: 1) },
      column("ms") { Fixed.text($0.milliseconds, decimals: 1) },
      column("ratio") { Fixed.text($0.timeRatio, decimals: 2) + "x" },
      column("GMAC") { Fixed.text($0.multiplyAdds / 1e9, decimals: 2) },
      column("Mpx") { Fixed.text($0.pixels / 1e6, decimals: 2) },
      column("MiB") { row in row.memoryPeak.map { "\($0 >> 20)" } ?? "-" },
    ]
    return columns
  }

  /// What the table's columns mean, in a sentence or two.
  var legend: String {
    let accuracy =
      isLabelled
      ? "AP as COCO counts it. "
      : "Recall and precision against \(rows[reference].name) at IoU 0.5. "
    return accuracy
      + "Means per picture; ratio: median of the times divided by those of "
      + "\(rows[reference].name) on the same picture; boxes with scores above "
      + "\(Fixed.text(shownThreshold, decimals: 2)); MiB: memory added at most; "
      + "*: no strategy is at least as accurate and as fast, and better in one."
  }

  func text() -> String {
    var text = "\(modelName), \(imageCount - failedCount) pictures\n"
    let columns = columns
    let widths = columns.map { column in
      max(column.name.count, column.values.map(\.count).max() ?? 0)
    }
    func line(_ cells: [String]) -> String {
      zip(cells, widths).enumerated().map { index, cell in
        index == 0 ? padded(cell.0, cell.1) : aligned(cell.0, cell.1)
      }.joined(separator: "  ") + "\n"
    }
    text += line(columns.map(\.name))
    for row in rows.indices { text += line(columns.map { $0.values[row] }) }
    for (name, reason) in leftOut { text += "\(name): left out: \(Escaping.line(reason))\n" }
    return text + legend + "\n"
  }

  func json() -> JSONValue {
    var object = JSONObject()
    object["model"] = .string(modelName)
    object["images"] = .integer(imageCount)
    object["failed"] = .integer(failedCount)
    object["reference"] = .string(rows[reference].name)
    object["strategies"] = .array(rows.map { .object(json($0)) })
    object["pareto_front"] = .array(
      rows.filter(\.isOnFront).sorted { $0.timeRatio < $1.timeRatio }.map { .string($0.name) })
    object["left_out"] = .array(
      leftOut.map { ["name": .string($0.name), "reason": .string($0.reason)] })
    return .object(object)
  }

  private func json(_ row: Row) -> JSONObject {
    var object = JSONObject()
    object["name"] = .string(row.name)
    if let summary = row.summary {
      for (name, value) in summary.named { object[name] = value.map { .number($0) } ?? .null }
    }
    if let agreement = row.agreement {
      let sizes = [
        ("all", agreement.all), ("small", agreement.small), ("medium", agreement.medium),
        ("large", agreement.large),
      ]
      var parts = JSONObject()
      for (name, counts) in sizes {
        parts[name] = [
          "recall": counts.recall.map { .number($0) } ?? .null,
          "precision": counts.precision.map { .number($0) } ?? .null,
        ]
      }
      object["agreement"] = .object(parts)
    }
    object["boxes"] = .integer(row.boxCount)
    object["passes"] = .number(row.passes)
    object["ms"] = [
      "preprocess": .number(row.preprocess), "inference": .number(row.inference),
      "postprocess": .number(row.postprocess), "total": .number(row.milliseconds),
    ]
    object["time_ratio"] = .number(row.timeRatio)
    object["multiply_adds"] = .number(row.multiplyAdds)
    object["pixels"] = .number(row.pixels)
    object["memory_bytes"] = row.memoryPeak.map { .integer($0) } ?? .null
    object["on_front"] = .bool(row.isOnFront)
    return object
  }
}
