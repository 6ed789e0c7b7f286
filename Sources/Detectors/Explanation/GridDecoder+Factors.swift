/// What a score is made of, for explanations.
protocol FactoredGridDecoder: DenseGridDecoder {
  /// The numbers that are multiplied.
  ///
  /// - Parameters:
  ///   - values: All channels of a cell, as in its level's map.
  ///   - box: Which of the cell's boxes.
  func factors(of values: [Float], box: Int, classID: Int) -> [CandidateExplanation.Factor]

  /// The boxes that a cell starts from, in input pixels; empty where there are none.
  var priors: [Anchor] { get }
}

extension FactoredGridDecoder {
  var priors: [Anchor] { [] }

  fileprivate func factors(
    _ objectness: Double, _ probability: Double
  ) -> [CandidateExplanation.Factor] {
    [.init(name: "objectness", value: objectness), .init(name: "class", value: probability)]
  }
}

extension YOLOXDecoder: FactoredGridDecoder {
  func factors(of values: [Float], box: Int, classID: Int) -> [CandidateExplanation.Factor] {
    func activate(_ value: Float) -> Double { isActivated ? Double(value) : sigmoid(value) }
    return factors(activate(values[4]), activate(values[5 + classID]))
  }
}

extension RowsDecoder: FactoredGridDecoder {
  func factors(of values: [Float], box: Int, classID: Int) -> [CandidateExplanation.Factor] {
    hasObjectness ? factors(Double(values[4]), Double(values[5 + classID])) : []
  }
}

extension AnchorGridDecoder: FactoredGridDecoder {
  var priors: [Anchor] { anchors }

  func factors(of values: [Float], box: Int, classID: Int) -> [CandidateExplanation.Factor] {
    func activate(_ value: Float) -> Double { isActivated ? Double(value) : sigmoid(value) }
    let first = box * (5 + classCount)
    return factors(activate(values[first + 4]), activate(values[first + 5 + classID]))
  }
}

extension RegionDecoder: FactoredGridDecoder {
  var priors: [Anchor] {
    let (width, height) = (
      Double(inputSize.width) / Double(columns), Double(inputSize.height) / Double(rows)
    )
    return anchors.map { Anchor(width: $0.width * width, height: $0.height * height) }
  }

  func factors(of values: [Float], box: Int, classID: Int) -> [CandidateExplanation.Factor] {
    let first = box * (5 + classCount)
    let classes = Array(values[(first + 5)..<(first + 5 + classCount)])
    let probability =
      usesSoftmax
      ? classes.withUnsafeBufferPointer {
        softmax($0.baseAddress!, count: classCount, stride: 1)[classID]
      } : sigmoid(classes[classID])
    return factors(sigmoid(values[first + 4]), probability)
  }
}

extension FastestDetDecoder: FactoredGridDecoder {

  func factors(of values: [Float], box: Int, classID: Int) -> [CandidateExplanation.Factor] {
    [
      .init(name: "objectness^0.6", value: power(values[0], 0.6)),
      .init(name: "class^0.4", value: power(values[5 + classID], 0.4)),
    ]
  }
}
