import Testing

/// Expects `|actual - expected| <= absolute + relative * |expected|` element by element and reports
/// the worst index with both values.
package func expectClose<Number: BinaryFloatingPoint>(
  _ actual: [Number], _ expected: [Number], absolute: Number, relative: Number = 0,
  _ comment: String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  guard actual.count == expected.count else {
    Issue.record(
      "\(comment): \(actual.count) elements, expected \(expected.count)",
      sourceLocation: sourceLocation)
    return
  }
  var worst = -1
  var worstExcess: Number = 0
  for (index, (a, b)) in zip(actual, expected).enumerated() {
    let difference = abs(a - b)
    if a == b || (a.isNaN && b.isNaN) { continue }
    let excess = difference - (absolute + relative * abs(b))
    if !(excess <= 0) && (worst < 0 || !(excess <= worstExcess)) {
      worst = index
      worstExcess = excess
    }
  }
  if worst >= 0 {
    Issue.record(
      "\(comment): element \(worst) is \(actual[worst]), expected \(expected[worst])",
      sourceLocation: sourceLocation)
  }
}
