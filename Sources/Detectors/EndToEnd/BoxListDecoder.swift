package import Geometry
package import Neural

/// Reads a list of final boxes from a network's outputs.
package struct BoxListDecoder: Hashable, Sendable {
  package var layout: BoxListLayout
  package var inputSize: Size
  package var classCount: Int
  /// For messages.
  package var outputNames: [String]

  package init(
    layout: BoxListLayout, inputSize: Size, classCount: Int, outputNames: [String]
  ) {
    self.layout = layout
    self.inputSize = inputSize
    self.classCount = classCount
    self.outputNames = outputNames
  }

  /// Every (box, class) pair whose score exceeds the threshold, in the network's order.
  ///
  /// - Parameter outputs: All of the network's outputs.
  /// - Returns: Boxes in network-input pixels. Rows with a negative class are padding.
  /// - Throws: `DetectorError.nonFiniteOutput`, `.outputShape` for outputs that do not belong
  ///   together, `.unnamedClass` for a class beyond the names.
  package func candidates(_ outputs: [Tensor], scoreThreshold: Float) throws -> Candidates {
    var candidates = Candidates()
    switch layout {
    case .queries(let scores, let boxes, let activation):
      try decodeQueries(
        try floats(outputs, scores), try floats(outputs, boxes), activation, scoreThreshold,
        (scores, boxes), &candidates)
    case .joinedQueries(let output):
      try decodeJoined(try floats(outputs, output), output, scoreThreshold, &candidates)
    case .rows(let output, let columns):
      try decodeRows(try floats(outputs, output), output, columns, scoreThreshold, &candidates)
    case .lists(let boxes, let scores, let labels, let count, let form):
      let limit = try count.map { try number(outputs, $0) }
      try decodeLists(
        try floats(outputs, boxes), try floats(outputs, scores), try floats(outputs, labels),
        limit: limit, form, scoreThreshold, boxes, &candidates)
    case .cornersWithScore(let boxes, let labels):
      let values = try floats(outputs, boxes)
      let count = values.count / 5
      guard values.count == count * 5 else { throw mismatch(outputs, boxes) }
      let corners = (0..<count).flatMap { values[$0 * 5..<$0 * 5 + 4] }
      let scores = (0..<count).map { values[$0 * 5 + 4] }
      try decodeLists(
        corners, scores, try floats(outputs, labels), limit: nil, .init(), scoreThreshold, boxes,
        &candidates)
    }
    return candidates
  }

  private func decodeQueries(
    _ scores: [Float], _ boxes: [Float], _ activation: BoxListLayout.Activation,
    _ threshold: Float, _ outputs: (scores: Int, boxes: Int), _ candidates: inout Candidates
  ) throws {
    let columns = activation == .softmaxWithNoObject ? classCount + 1 : classCount
    // A file may declare no class at all.
    let count = columns > 0 ? scores.count / columns : 0
    // Centre and size, or centre and corners.
    let width = count > 0 && boxes.count == count * 10 ? 10 : 4
    guard boxes.count == count * width, scores.count == count * columns else {
      throw DetectorError.outputShape(
        "\(outputNames[outputs.scores]) and \(outputNames[outputs.boxes]) do not fit \(classCount) "
          + "classes")
    }
    for query in 0..<count {
      let row = scores[query * columns..<(query + 1) * columns]
      let probabilities: [Float]
      switch activation {
      case .none: probabilities = Array(row)
      case .sigmoid:
        let bound = logitBound(Double(threshold))
        probabilities = row.map { $0 > bound ? Float(sigmoid($0)) : 0 }
      case .softmaxWithNoObject:
        probabilities = row.withUnsafeBufferPointer {
          // One class a query, as the paper has it.
          let all = softmax($0.baseAddress!, count: columns, stride: 1).map { Float($0) }
          let best = all.dropLast().indices.max { (all[$0], -$0) < (all[$1], -$1) } ?? 0
          return all.indices.map { $0 == best ? all[$0] : 0 }
        }
      }
      let box = boxes[query * width..<(query + 1) * width]
      append(
        normalized: width == 10 ? enclosing(box) : box, probabilities.prefix(classCount), threshold,
        &candidates)
    }
  }

  /// Centre and size of the box around a quadrilateral, given by its centre and the offsets of its
  /// corners plus 0.5 (PP-DocLayoutV4).
  private func enclosing(_ quadrilateral: ArraySlice<Float>) -> ArraySlice<Float> {
    let numbers = Array(quadrilateral)
    let (minX, maxX) = extent(stride(from: 2, to: 10, by: 2).map { numbers[$0] - 0.5 })
    let (minY, maxY) = extent(stride(from: 3, to: 10, by: 2).map { numbers[$0] - 0.5 })
    return [
      numbers[0] + (minX + maxX) / 2, numbers[1] + (minY + maxY) / 2, maxX - minX, maxY - minY,
    ]
  }

  private func extent(_ numbers: [Float]) -> (Float, Float) {
    numbers.reduce((.infinity, -.infinity)) { (min($0.0, $1), max($0.1, $1)) }
  }

  private func decodeJoined(
    _ values: [Float], _ output: Int, _ threshold: Float, _ candidates: inout Candidates
  ) throws {
    let width = 4 + classCount
    guard values.count.isMultiple(of: width) else {
      throw DetectorError.outputShape(
        "\(outputNames[output]) has no rows of 4 + \(classCount) numbers")
    }
    for first in stride(from: 0, to: values.count, by: width) {
      append(
        normalized: values[first..<first + 4], values[first + 4..<first + width], threshold,
        &candidates)
    }
  }

  /// A box by centre and size in 0...1, with the scores of its classes.
  private func append(
    normalized box: ArraySlice<Float>, _ scores: ArraySlice<Float>, _ threshold: Float,
    _ candidates: inout Candidates
  ) {
    var index: Int32?
    for (classID, score) in scores.enumerated() where score > threshold {
      let made = index ?? candidates.addBox(self.box(normalized: box))
      index = made
      candidates.append(boxIndex: made, classID: classID, score: score)
    }
  }

  /// The box of a centre and a size in 0...1.
  private func box(normalized box: ArraySlice<Float>) -> Box {
    let first = box.startIndex
    let (width, height) = (Double(inputSize.width), Double(inputSize.height))
    return Box(
      centerX: Double(box[first]) * width, centerY: Double(box[first + 1]) * height,
      width: Double(box[first + 2]) * width, height: Double(box[first + 3]) * height)
  }

  private func decodeRows(
    _ values: [Float], _ output: Int, _ columns: BoxListLayout.Columns, _ threshold: Float,
    _ candidates: inout Candidates
  ) throws {
    guard values.count.isMultiple(of: columns.width) else {
      throw DetectorError.outputShape(
        "\(outputNames[output]) has no rows of \(columns.width) numbers")
    }
    for first in stride(from: 0, to: values.count, by: columns.width) {
      let score = values[first + columns.score]
      guard score > threshold, columns.picture.map({ values[first + $0] == 0 }) ?? true,
        let classID = try classID(values[first + columns.label])
      else { continue }
      let at = first + columns.corners
      if columns.hasCentres {
        let box = candidates.addBox(box(normalized: values[at..<at + 4]))
        candidates.append(boxIndex: box, classID: classID, score: score)
        continue
      }
      let box = candidates.addBox(
        Box(
          minX: Double(values[at]), minY: Double(values[at + 1]), maxX: Double(values[at + 2]),
          maxY: Double(values[at + 3])))
      candidates.append(boxIndex: box, classID: classID, score: score)
    }
  }

  private func decodeLists(
    _ boxes: [Float], _ scores: [Float], _ labels: [Float], limit: Int?,
    _ form: BoxListLayout.BoxForm, _ threshold: Float, _ output: Int,
    _ candidates: inout Candidates
  ) throws {
    guard boxes.count == scores.count * 4, labels.count == scores.count else {
      throw DetectorError.outputShape(
        "\(outputNames[output]) has \(boxes.count) numbers for \(scores.count) scores and "
          + "\(labels.count) labels")
    }
    let (width, height) =
      form.isNormalized ? (Double(inputSize.width), Double(inputSize.height)) : (1, 1)
    let (x, y) = form.isYFirst ? (1, 0) : (0, 1)
    for index in 0..<min(scores.count, limit ?? .max) where scores[index] > threshold {
      guard let classID = try classID(labels[index]) else { continue }
      let at = index * 4
      let box = candidates.addBox(
        Box(
          minX: Double(boxes[at + x]) * width, minY: Double(boxes[at + y]) * height,
          maxX: Double(boxes[at + 2 + x]) * width, maxY: Double(boxes[at + 2 + y]) * height))
      candidates.append(boxIndex: box, classID: classID, score: scores[index])
    }
  }

  /// `nil` for padding.
  private func classID(_ label: Float) throws -> Int? {
    if label < 0 { return nil }
    guard let index = Int(exactly: label), index < classCount else {
      throw DetectorError.unnamedClass(label, count: classCount)
    }
    return index
  }

  private func floats(_ outputs: [Tensor], _ index: Int) throws -> [Float] {
    let values = outputs[index].floats()
    if let position = values.withUnsafeBufferPointer(firstNonFinite) {
      throw DetectorError.nonFiniteOutput(name: outputNames[index], index: position)
    }
    return values
  }

  /// The one number of an output.
  private func number(_ outputs: [Tensor], _ index: Int) throws -> Int {
    let values = try floats(outputs, index)
    guard values.count == 1, let number = Int(exactly: values[0]), number >= 0 else {
      throw mismatch(outputs, index)
    }
    return number
  }

  private func mismatch(_ outputs: [Tensor], _ index: Int) -> DetectorError {
    .outputShape("\(outputNames[index]) has shape \(shapeText(outputs[index].shape))")
  }
}
