package import Geometry

/// One picture's boxes in YOLO's text form: `class centre-x centre-y width height`, fractions of the
/// upright picture's sides, for predictions with a confidence behind. A line with more numbers, in
/// pairs, is an outline, for which the box around it stands.
package enum YOLOLabels {
  package struct Line: Hashable, Sendable {
    /// As the file gives it; need not exist.
    package var classIndex: Int
    /// Source pixels.
    package var box: OriginSizeBox
    /// Square pixels: of the outline where there is one.
    package var area: Double
    /// `nil` for labels.
    package var score: Double?
  }

  /// - Parameters:
  ///   - path: For messages.
  ///   - size: Of the picture, upright.
  ///   - classCount: Classes there are.
  ///   - hasScores: Whether lines end with a confidence.
  ///   - leniency: Takes lines that are left out.
  /// - Throws: `AnnotationError` with the line.
  package static func read(
    _ bytes: [UInt8], path: String, size: Size, classCount: Int, hasScores: Bool,
    leniency: inout Leniency
  ) throws(AnnotationError) -> [Line] {
    var lines: [Line] = []
    for (index, text) in try TextLines.of(bytes, path: path).enumerated() {
      let words = TextLines.words(text)
      if words.isEmpty { continue }
      do throws(Refusal) {
        lines.append(
          try line(words, size: size, classCount: classCount, hasScores: hasScores))
      } catch {
        try leniency.refuse(AnnotationError(path: path, line: index + 1, error.detail))
      }
    }
    return lines
  }

  private struct Refusal: Error { let detail: String }

  private static func line(
    _ words: [Substring], size: Size, classCount: Int, hasScores: Bool
  ) throws(Refusal) -> Line {
    guard let classIndex = Int(words[0]), (0..<classCount).contains(classIndex) else {
      throw Refusal(detail: "class \(words[0]) is not in 0..<\(classCount)")
    }
    var numbers: [Double] = []
    for word in words.dropFirst() {
      // Twice the picture leaves room for boxes beyond its edge.
      guard let number = Double(word), abs(number) <= 2 else {
        throw Refusal(detail: "\(word) is not a fraction of the picture")
      }
      numbers.append(number)
    }
    var score: Double?
    if hasScores {
      guard let last = numbers.popLast(), (0...1).contains(last) else {
        throw Refusal(detail: "no confidence between 0 and 1 at the end")
      }
      score = last
    }
    let (width, height) = (Double(size.width), Double(size.height))
    if numbers.count == 4 {
      guard numbers[2] >= 0, numbers[3] >= 0 else {
        throw Refusal(detail: "a side is less than 0")
      }
      let box = OriginSizeBox(
        x: (numbers[0] - numbers[2] / 2) * width, y: (numbers[1] - numbers[3] / 2) * height,
        width: numbers[2] * width, height: numbers[3] * height)
      return Line(classIndex: classIndex, box: box, area: box.area, score: score)
    }
    guard numbers.count >= 6, numbers.count % 2 == 0 else {
      throw Refusal(
        detail: "\(words.count) columns, not class, centre, size"
          + (hasScores ? ", confidence" : ""))
    }
    let xs = stride(from: 0, to: numbers.count, by: 2).map { numbers[$0] * width }
    let ys = stride(from: 1, to: numbers.count, by: 2).map { numbers[$0] * height }
    let (left, top) = (xs.min() ?? 0, ys.min() ?? 0)
    let box = OriginSizeBox(
      x: left, y: top, width: (xs.max() ?? 0) - left, height: (ys.max() ?? 0) - top)
    var doubled = 0.0
    for index in xs.indices {
      let next = (index + 1) % xs.count
      doubled += xs[index] * ys[next] - xs[next] * ys[index]
    }
    return Line(classIndex: classIndex, box: box, area: abs(doubled) / 2, score: score)
  }
}
