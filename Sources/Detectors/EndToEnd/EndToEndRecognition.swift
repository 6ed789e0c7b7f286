internal import Neural

/// Finds out from names, declared shapes and operators how a network's list of boxes is read.
package struct EndToEndRecognition {
  /// A value that the network takes or gives, as the file declares it.
  package struct Port {
    package var name: String
    /// -1 where a size is open; `nil` where nothing is declared.
    package var shape: [Int]?

    package init(_ name: String, _ shape: [Int]?) {
      self.name = name
      self.shape = shape
    }
  }

  package var inputs: [Port]
  package var outputs: [Port]
  /// Whether it samples maps at computed places, as deformable attention does.
  package var hasGridSample: Bool
  package var hasTopK: Bool
  /// Whether shapes inside depend on the picture: suppression, selection by a threshold.
  package var dependsOnData: Bool
  /// Of networks that give logits and boxes of queries.
  package var queryHead: QueryHead

  package init(
    inputs: [Port], outputs: [Port], hasGridSample: Bool, hasTopK: Bool, dependsOnData: Bool,
    queryHead: QueryHead
  ) {
    self.inputs = inputs
    self.outputs = outputs
    self.hasGridSample = hasGridSample
    self.hasTopK = hasTopK
    self.dependsOnData = dependsOnData
    self.queryHead = queryHead
  }

  /// The family and layout that fit; `nil` where none does.
  ///
  /// - Throws: `DetectorError.ambiguousList` for logits and boxes of queries that may be meant for
  ///   a softmax or for sigmoids, when no family is requested: read the wrong way they would give
  ///   plausible scores.
  package func plan(
    _ requested: EndToEndFamily?
  ) throws -> (EndToEndFamily, BoxListLayout)? {
    let families = requested.map { [$0] } ?? EndToEndFamily.allCases
    for family in families {
      if let layout = layout(family, isRequested: requested != nil) { return (family, layout) }
    }
    if requested == nil, queries(.sigmoid) != nil {
      throw DetectorError.ambiguousList(
        [.detr, .deformableDETR, .rtdetr, .rfdetr],
        outputs: outputs.prefix(8).map(\.name).joined(separator: ", "))
    }
    return nil
  }

  private func output(_ names: String...) -> Int? {
    for name in names {
      if let index = outputs.firstIndex(where: { $0.name.lowercased() == name }) { return index }
    }
    return nil
  }

  private func hasInput(_ name: String) -> Bool { inputs.contains { $0.name == name } }

  /// The last size of an output.
  private func width(_ index: Int) -> Int? { outputs[index].shape?.last }

  /// Whether the queries are chosen by score and carry reference boxes.
  private var selectsQueries: Bool {
    hasTopK && (hasGridSample || queryHead.boxOrigin == .reference)
  }

  private func layout(_ family: EndToEndFamily, isRequested: Bool) -> BoxListLayout? {
    switch family {
    case .detr:
      let isDirect = !hasGridSample && !hasTopK && queryHead.boxOrigin == .direct
      return isDirect || isRequested ? queries(.softmaxWithNoObject) : nil
    case .deformableDETR:
      let isOneStage = !hasTopK && (hasGridSample || queryHead.boxOrigin == .reference)
      return isOneStage || queryHead.samplesBeforeSelection || isRequested
        ? queries(.sigmoid) : nil
    case .rtdetr:
      if let lists = lists(.init()), hasInput("orig_target_sizes") || isRequested { return lists }
      let isLike =
        selectsQueries && !queryHead.samplesBeforeSelection && !queryHead.hasPatchEmbedding
      return (isLike || isRequested ? queries(.sigmoid) : nil) ?? joinedQueries(isRequested)
    case .rfdetr:
      if selectsQueries && queryHead.hasPatchEmbedding || isRequested,
        let queries = queries(.sigmoid)
      {
        return queries
      }
      guard let boxes = output("dets", "boxes"), let scores = output("labels", "logits"),
        width(boxes) == 4, (outputs[scores].shape?.count ?? 0) == 3
      else { return nil }
      return .queries(scores: scores, boxes: boxes, .sigmoid)
    case .yoloNMS: return rows(isRequested)
    case .efficientNMS:
      guard let boxes = output("det_boxes", "nmsed_boxes"),
        let scores = output("det_scores", "nmsed_scores"),
        let labels = output("det_classes", "nmsed_classes")
      else { return nil }
      return .lists(
        boxes: boxes, scores: scores, labels: labels,
        count: output("num_dets", "num_detections"), .init())
    case .torchvision:
      guard !hasInput("orig_target_sizes") || isRequested else { return nil }
      return lists(.init())
    case .tensorflow:
      guard let boxes = output("detection_boxes"), let scores = output("detection_scores"),
        let labels = output("detection_classes")
      else { return nil }
      return .lists(
        boxes: boxes, scores: scores, labels: labels, count: output("num_detections"),
        .init(isNormalized: true, isYFirst: true))
    case .mmdetection:
      guard let boxes = output("dets"), let labels = output("labels"), width(boxes) == 5 else {
        return nil
      }
      return .cornersWithScore(boxes: boxes, labels: labels)
    case .paddle:
      guard isRequested || hasInput("scale_factor"),
        let output = outputs.indices.first(where: { width($0) == 6 })
      else { return nil }
      return .rows(output: output, .labelScoreCorners)
    }
  }

  private func lists(_ form: BoxListLayout.BoxForm) -> BoxListLayout? {
    guard let boxes = output("boxes", "bboxes"), let scores = output("scores"),
      let labels = output("labels", "classes")
    else { return nil }
    return .lists(boxes: boxes, scores: scores, labels: labels, count: nil, form)
  }

  private func queries(_ activation: BoxListLayout.Activation) -> BoxListLayout? {
    guard let boxes = output("pred_boxes"), let scores = output("logits", "pred_logits") else {
      return nil
    }
    return .queries(scores: scores, boxes: boxes, activation)
  }

  /// One output `[1, queries, 4 + classes]` of a network that selects and samples, or rows of six
  /// that it has selected by score.
  private func joinedQueries(_ isRequested: Bool) -> BoxListLayout? {
    guard outputs.count == 1, isRequested || hasGridSample && hasTopK,
      let shape = outputs[0].shape, shape.count == 3, shape[2] > 4
    else { return nil }
    if queryHead.selectsRows && shape[2] == 6 { return .rows(output: 0, .centresScoreLabel) }
    return .joinedQueries(output: 0)
  }

  private func rows(_ isRequested: Bool) -> BoxListLayout? {
    guard dependsOnData || isRequested, outputs.count == 1, let shape = outputs[0].shape else {
      return nil
    }
    switch (shape.count, shape.last) {
    case (2, 7): return .rows(output: 0, .pictureCornersLabelScore)
    case (2, 6), (3, 6): return .rows(output: 0, .cornersScoreLabel)
    default: return nil
    }
  }
}
