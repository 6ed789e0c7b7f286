internal import Neural
internal import StrictJSON

/// Where a network's time goes, step by step in the order of execution.
struct LayerTable {
  private struct Row {
    var step: Network.StepInfo
    var milliseconds: Double
    /// 0 for steps that multiply nothing.
    var gigaflops: Double
  }

  private let rows: [Row]
  /// GFLOP/s that the threads can reach at most, measured just before.
  private let peak: Double

  /// Profiles some runs; of each step the fastest counts.
  ///
  /// - Parameter inputs: Tensors for the network's inputs.
  init(of network: HybridNetwork, inputs: [Tensor], runs: Int = 10) throws {
    peak = (network.network?.measuredPeak() ?? 0) / 1e9
    var least = try network.profiledRun(inputs)
    for _ in 1..<runs {
      // The same steps every time: what depends on data depends on the same data.
      for (index, step) in try network.profiledRun(inputs).enumerated()
      where least.indices.contains(index) {
        least[index].seconds = min(least[index].seconds, step.seconds)
      }
    }
    rows = least.map { step, seconds in
      Row(
        step: step, milliseconds: seconds * 1e3,
        gigaflops: seconds > 0 ? 2 * Double(step.multiplyAdds) / seconds / 1e9 : 0)
    }
  }

  /// One line a step: milliseconds, GFLOP/s, share of the peak in percent, kernel, output, node.
  ///
  /// The work counted is that of the plain algorithm: Winograd convolutions do less and can exceed
  /// the peak.
  var text: String {
    var text = "peak \(Int(peak.rounded())) GFLOP/s\n"
    text += "      ms GFLOP/s  peak  kernel\n"
    for row in rows {
      let isArithmetic = row.gigaflops > 0
      text += Self.padded(Self.decimal(row.milliseconds, digits: 3), 8)
      text += Self.padded(isArithmetic ? "\(Int(row.gigaflops.rounded()))" : "", 8)
      text += Self.padded(isArithmetic ? "\(share(row))%" : "", 6)
      let kernel = [row.step.operation, row.step.kernel].compactMap { $0 }
      text += "  " + kernel.joined(separator: " ")
      text += "  " + row.step.outputShape.map(String.init).joined(separator: "x")
      text += "  \(row.step.node)\n"
    }
    return text
  }

  var json: JSONValue {
    .array(
      rows.map { row in
        [
          "node": .string(row.step.node), "operation": .string(row.step.operation),
          "kernel": row.step.kernel.map { .string($0) } ?? .null,
          "output": .array(row.step.outputShape.map { .integer($0) }),
          "ms": .number((row.milliseconds * 1e4).rounded() / 1e4),
          "multiply_adds": .integer(row.step.multiplyAdds),
          "gflops": .number((row.gigaflops * 10).rounded() / 10),
          "peak_share": .number((row.gigaflops / max(peak, 1e-9) * 1e3).rounded() / 1e3),
        ]
      })
  }

  private func share(_ row: Row) -> Int { Int((100 * row.gigaflops / max(peak, 1e-9)).rounded()) }

  private static func padded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  private static func decimal(_ value: Double, digits: Int) -> String {
    let text = String((value * 1000).rounded() / 1000)
    let places = text.split(separator: ".").dropFirst().first?.count ?? 0
    return text + String(repeating: "0", count: max(0, digits - places))
  }
}
