/// Standard operators that a detection toolkit leaves to others, with the reason.
package enum OutOfScope {
  /// Why the operator is left out; `nil` for operators that belong to the toolkit.
  package static func reason(_ operation: String, domain: String) -> String? {
    if domain == "ai.onnx.ml" { return "classical machine learning on tables" }
    if domain == "ai.onnx.preview.training" || domain == "ai.onnx.training" { return "training" }
    return reasons[operation]
  }

  private static let reasons: [String: String] = {
    var reasons: [String: String] = [:]
    for (reason, names) in groups {
      for name in names.split(separator: " ") { reasons[String(name)] = reason }
    }
    return reasons
  }()

  private static let groups = [
    (
      "strings and text",
      "RegexFullMatch StringConcat StringNormalizer StringSplit TfIdfVectorizer LabelEncoder"
    ),
    (
      "sequences and optionals",
      "ConcatFromSequence Optional OptionalGetElement OptionalHasElement SequenceAt SequenceConstruct "
        + "SequenceEmpty SequenceErase SequenceInsert SequenceLength SequenceMap SplitToSequence"
    ),
    ("audio", "BlackmanWindow DFT HammingWindow HannWindow MelWeightMatrix STFT"),
    ("recurrent networks", "GRU LSTM RNN"),
    (
      "training", "NegativeLogLikelihoodLoss SoftmaxCrossEntropyLoss Gradient Adagrad Adam Momentum"
    ),
    (
      "random numbers",
      "Bernoulli Multinomial RandomNormal RandomNormalLike RandomUniform RandomUniformLike"
    ),
    ("decoding of picture files inside a network", "ImageDecoder"),
  ]
}
