internal import Neural

/// How a network's outputs are read as heatmaps.
package struct HeatmapPlan: Hashable, Sendable {
  package var family: HeatmapFamily
  package var classCount: Int
  /// Not used for text.
  package var conventions: HeatmapConventions
  /// Indices of the network's outputs: heatmap, size, offset, landmarks; those that there are.
  package var outputs: [Int]
  package var hasOffset: Bool
  /// Whether the network gives logits instead of probabilities.
  package var appliesSigmoid: Bool
}

/// Finds out from its outputs whether a network predicts heatmaps, and of which family.
package struct HeatmapRecognition: Sendable {
  package var outputs: [HeadOutput]
  /// Height and width of the input to which the outputs' shapes belong.
  package var inputSides: [Int]

  package init(outputs: [HeadOutput], inputSides: [Int]) {
    self.outputs = outputs
    self.inputSides = inputSides
  }

  /// Whether the graph's outputs can be heatmaps at all, before shapes are known.
  static func isPossible(_ graph: Graph) -> Bool {
    switch graph.outputs.count {
    case 1:
      isNamedAsText(graph.outputs[0].name)
        || isTraceOfText(OutputTrace(of: graph.outputs[0].value, in: graph))
    case 2...4: true
    default: false
    }
  }

  /// The name that PaddleOCR's exporter gives the probabilities of a text detector.
  private static func isNamedAsText(_ name: String) -> Bool {
    name.lowercased().contains("sigmoid")
  }

  /// Whether an output is a sigmoid of a transposed convolution, as DB's head ends (Liao et al. 2020,
  /// arXiv:1911.08947, section 3.2).
  private static func isTraceOfText(_ trace: OutputTrace) -> Bool {
    trace.hasSigmoid && trace.endsInTransposedConvolution
  }

  /// - Parameter family: What the caller asks for; `nil` to recognise it.
  /// - Returns: `nil` when the outputs do not fit, or not without doubt where no family is asked for.
  package func plan(_ family: HeatmapFamily? = nil) -> HeatmapPlan? {
    let families = family.map { [$0] } ?? HeatmapFamily.allCases
    for candidate in families {
      let plan: HeatmapPlan? =
        switch candidate {
        case .centernet: centerNet(isRequested: family != nil)
        case .centerface: centerFace()
        case .dbText: text(isRequested: family != nil)
        }
      if let plan { return plan }
    }
    return nil
  }

  /// Channels of each output where all are maps over one grid with the given stride.
  private func channels(stride: Int) -> [Int]? {
    let sides = inputSides.map { $0 / stride }
    guard inputSides.allSatisfy({ $0 % stride == 0 }),
      outputs.allSatisfy({
        $0.shape.count == 4 && $0.shape[0] == 1 && Array($0.shape[2...]) == sides
      })
    else { return nil }
    return outputs.map { $0.shape[1] }
  }

  private func centerFace() -> HeatmapPlan? {
    guard let channels = channels(stride: 4), channels.sorted() == [1, 2, 2, 10],
      let heat = channels.firstIndex(of: 1), let size = channels.firstIndex(of: 2),
      let offset = channels.lastIndex(of: 2), let landmarks = channels.firstIndex(of: 10)
    else { return nil }
    return HeatmapPlan(
      family: .centerface, classCount: 1, conventions: .centerFace,
      outputs: [heat, size, offset, landmarks], hasOffset: true,
      appliesSigmoid: !outputs[heat].trace.hasSigmoid)
  }

  /// Heatmap, size and perhaps offset. Without names that tell them apart they come in this order.
  private func centerNet(isRequested: Bool) -> HeatmapPlan? {
    guard let channels = channels(stride: 4), (2...3).contains(channels.count) else { return nil }
    // Two maps alone may be anything: they must be asked for.
    guard channels.count == 3 || isRequested else { return nil }
    let heat = channels.firstIndex { $0 != 2 } ?? 0
    let pairs = channels.indices.filter { $0 != heat }
    guard pairs.allSatisfy({ channels[$0] == 2 }) else { return nil }
    var (size, offset) = (pairs[0], pairs.count > 1 ? pairs[1] : nil)
    if let other = offset, isOffset(size), !isOffset(other) { (size, offset) = (other, size) }
    return HeatmapPlan(
      family: .centernet, classCount: channels[heat],
      conventions: .centerNet(hasOffset: offset != nil),
      outputs: [heat, size] + (offset.map { [$0] } ?? []), hasOffset: offset != nil,
      appliesSigmoid: !outputs[heat].trace.hasSigmoid)
  }

  private func isOffset(_ index: Int) -> Bool {
    let name = outputs[index].name.lowercased()
    return name.contains("reg") || name.contains("off")
  }

  private func text(isRequested: Bool) -> HeatmapPlan? {
    guard outputs.count == 1, let channels = channels(stride: 1), channels == [1] else {
      return nil
    }
    guard
      isRequested || HeatmapRecognition.isNamedAsText(outputs[0].name)
        || HeatmapRecognition.isTraceOfText(outputs[0].trace)
    else { return nil }
    return HeatmapPlan(
      family: .dbText, classCount: 1,
      conventions: HeatmapConventions(peaks: .everyCell, strideInPixels: 1), outputs: [0],
      hasOffset: false, appliesSigmoid: !outputs[0].trace.hasSigmoid)
  }

  /// `name [1, 80, 128, 128], …` for messages.
  static func text(_ outputs: [HeadOutput]) -> String {
    outputs.prefix(8).map { output in
      "\(output.name) [\(output.shape.map(String.init).joined(separator: ", "))]"
    }.joined(separator: ", ")
  }
}
