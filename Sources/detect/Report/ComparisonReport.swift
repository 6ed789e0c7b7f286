/// The report of `detect compare`: one HTML file that needs nothing else.
struct ComparisonReport {
  let result: ComparisonResult
  let pictures: ComparedPictures
  let classNames: [String]

  /// Gives the page piece by piece: pictures are read again one at a time.
  func write(_ output: (String) throws -> Void) throws {
    try output(head)
    try output(facts + chart + table + stages)
    guard !pictures.pictures.isEmpty else {
      try output("</main></body></html>\n")
      return
    }
    try output(pictureHead)
    for (number, picture) in pictures.pictures.enumerated() {
      guard let (jpeg, size) = pictures.jpeg(of: picture) else { continue }
      try output(
        PicturePanels(
          number: number, picture: picture, jpeg: jpeg, sourceSize: size,
          strategyNames: result.rows.map(\.name), classNames: classNames,
          isLabelled: pictures.isLabelled
        ).html())
    }
    try output("</main></body></html>\n")
  }

  private var accuracyName: String {
    result.isLabelled ? "AP" : "agreement with \(result.rows[result.reference].name)"
  }

  private var head: String {
    let model = HTMLText.escaped(result.modelName)
    let count = result.imageCount - result.failedCount
    let failed = result.failedCount > 0 ? ", \(result.failedCount) could not be read" : ""
    return """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>Pyramids compared: \(model)</title>
      <style>
      \(ReportStyle.sheet)
      </style></head><body><main>
      <h1>Pyramids compared: \(model)</h1>
      <p class="soft">\(result.rows.count) strategies on \(count) pictures\(failed), each picture \
      through all of them in turn.</p>

      """
  }

  private var facts: String {
    let rows = result.rows
    func fact(_ value: String, _ text: String) -> String {
      "<div class=\"card fact\"><b>\(HTMLText.escaped(value))</b>"
        + "<span>\(HTMLText.escaped(text))</span></div>\n"
    }
    var html = "<div class=\"facts\">\n"
    if let best = rows.max(by: { $0.accuracy < $1.accuracy }) {
      html += fact(
        best.name,
        "most accurate: \(accuracyName) \(Fixed.text(best.accuracy, decimals: 3))")
    }
    if let fastest = rows.min(by: { $0.timeRatio < $1.timeRatio }) {
      html += fact(
        fastest.name, "fastest: \(Fixed.text(fastest.milliseconds, decimals: 1)) ms a picture")
    }
    if result.isLabelled,
      let small = rows.max(by: { smallPrecision($0) < smallPrecision($1) }),
      smallPrecision(small) > 0
    {
      html += fact(
        small.name,
        "best on small objects: AP_S \(Fixed.text(smallPrecision(small), decimals: 3))")
    }
    let front = rows.filter(\.isOnFront).sorted { $0.timeRatio < $1.timeRatio }.map(\.name)
    html += fact(
      "\(front.count) of \(rows.count)", "worth having: " + front.joined(separator: ", "))
    return html + "</div>\n"
  }

  private func smallPrecision(_ row: ComparisonResult.Row) -> Double {
    row.summary?.averagePrecisionSmall ?? 0
  }

  private var chart: String {
    let reference = result.rows[result.reference].milliseconds
    let chart = TradeOffChart(
      points: result.rows.map {
        TradeOffChart.Point(
          name: $0.name, time: max(reference * $0.timeRatio, 1e-3), accuracy: $0.accuracy,
          isOnFront: $0.isOnFront)
      }, accuracyName: accuracyName)
    return "<h2>Accuracy against time</h2>\n<div class=\"card\">\(chart.svg())"
      + "<p class=\"soft\">Filled: on the Pareto front, nothing is at least as accurate and as "
      + "fast, and better in one. Time is that of \(HTMLText.escaped(result.rows[result.reference].name)) "
      + "by the median ratio over pictures.</p></div>\n"
  }

  private var table: String {
    let columns = result.columns
    var html = "<h2>Figures</h2>\n<div class=\"card scroll\"><table><thead><tr>"
    html += columns.map { "<th>\(HTMLText.escaped($0.name))</th>" }.joined()
    html += "</tr></thead><tbody>\n"
    for (index, row) in result.rows.enumerated() {
      html += row.isOnFront ? "<tr class=\"front\">" : "<tr>"
      for (position, column) in columns.enumerated() {
        let text = position == 0 ? row.name : column.values[index]
        html += isBest(column, index) ? "<td class=\"best\">" : "<td>"
        html += HTMLText.escaped(text) + "</td>"
      }
      html += "</tr>\n"
    }
    html += "</tbody></table></div>\n<p class=\"soft\">\(HTMLText.escaped(result.legend))</p>\n"
    for (name, reason) in result.leftOut {
      html += "<p class=\"soft\"><b>\(HTMLText.escaped(name))</b> is left out: "
      html += "\(HTMLText.escaped(reason))</p>\n"
    }
    return html
  }

  /// Whether a cell has the greatest of its column's accuracies.
  private func isBest(_ column: (name: String, values: [String]), _ row: Int) -> Bool {
    guard result.rows.count > 1,
      ["AP", "rec", "pre"].contains(where: { column.name.hasPrefix($0) }),
      column.name != "pre ms", let value = Double(column.values[row])
    else { return false }
    return column.values.allSatisfy { (Double($0) ?? 0) <= value }
  }

  private var stages: String {
    let longest = max(result.rows.map(\.milliseconds).max() ?? 1, 1e-6)
    var html = """
      <h2>Where the time goes</h2>
      <div class="card"><div class="keys"><span><i class="pre"></i>preprocess</span>\
      <span><i class="net"></i>network</span><span><i class="post"></i>boxes and merging</span></div>
      <div class="bars">

      """
    for row in result.rows {
      html += "<span>\(HTMLText.escaped(row.name))</span><div class=\"bar\">"
      for (style, value) in [
        ("pre", row.preprocess), ("net", row.inference), ("post", row.postprocess),
      ] {
        let share = HTMLText.number(100 * value / longest)
        html += "<i class=\"\(style)\" style=\"width:\(share)%\"></i>"
      }
      html += "</div><span>\(Fixed.text(row.milliseconds, decimals: 1)) ms</span>\n"
    }
    return html + "</div></div>\n"
  }

  private var pictureHead: String {
    let wrong =
      pictures.isLabelled ? "<span><i class=\"k-wrong\"></i>matches no label</span>" : ""
    return """
      <h2>Side by side</h2>
      <p class="soft">The pictures on which the strategies differ most. Point at a box for its class \
      and score.</p>
      <div class="keys"><span><i class="k-found"></i>found, by others too</span>\
      <span><i class="k-alone"></i>found by this strategy alone</span>\
      <span><i class="k-missed"></i>missed here, found by another</span>\(wrong)</div>

      """
  }
}
