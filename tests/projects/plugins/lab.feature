Feature: The lab
  Scenario Outline: Weighing
    Given a load of <grams> grams
    When it is weighed
    Then it weighs <grams> grams

    Examples:
      | grams |
      | 5     |
      | 6     |
